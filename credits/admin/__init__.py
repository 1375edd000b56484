from credits.admin import coupon_actions, coupons, discounts, wallets

__all__ = ["coupon_actions", "coupons", "discounts", "wallets"]
