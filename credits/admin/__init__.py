from credits.admin import coupons, discounts

__all__ = ["coupons", "discounts"]
