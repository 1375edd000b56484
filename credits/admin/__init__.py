from credits.admin import coupon_actions, coupons, deal_actions, deal_giving, deals, discounts, wallet_actions, wallets

__all__ = [
    "coupon_actions",
    "coupons",
    "deal_actions",
    "deal_giving",
    "deals",
    "discounts",
    "wallet_actions",
    "wallets",
]
