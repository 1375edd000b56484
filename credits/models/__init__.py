from credits.models.coupons import AppliedCoupon, Coupon

__all__ = ["AppliedCoupon", "Coupon"]
