from credits.admin import coupons, discounts, wallets

__all__ = ["coupons", "discounts", "wallets"]
