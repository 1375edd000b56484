from credits.models.coupons import AppliedCoupon, Coupon
from credits.models.wallet_transactions import WalletConsumption, WalletTransaction
from credits.models.wallets import RecurringRule, Wallet

__all__ = ["AppliedCoupon", "Coupon", "RecurringRule", "Wallet", "WalletConsumption", "WalletTransaction"]
