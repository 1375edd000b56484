from credits.models.coupons import AppliedCoupon, Coupon
from credits.models.deals import Deal, DealCode, DealRedemption
from credits.models.wallet_transactions import WalletConsumption, WalletTransaction
from credits.models.wallets import RecurringRule, Wallet

__all__ = [
    "AppliedCoupon",
    "Coupon",
    "Deal",
    "DealCode",
    "DealRedemption",
    "RecurringRule",
    "Wallet",
    "WalletConsumption",
    "WalletTransaction",
]
