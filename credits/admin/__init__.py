from credits.admin import coupon_actions, coupons, discounts, wallet_actions, wallets

__all__ = ["coupon_actions", "coupons", "discounts", "wallet_actions", "wallets"]
