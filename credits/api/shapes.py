"""What the API answers about coupons and wallets."""

from typing import Annotated, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import DecimalText, Instant, Json, Metadata, one_of
from credits.models import AppliedCoupon, Coupon, DealRedemption, RecurringRule, Wallet, WalletTransaction
from credits.models.coupons import CouponType, Frequency
from customers.api.payment_methods import MethodReference


class ShownCoupon(TypedDict):
    lago_id: UUID
    name: str
    code: str
    description: str | None
    coupon_type: Annotated[str, one_of(CouponType)]
    amount_cents: int | None
    amount_currency: str | None
    percentage_rate: DecimalText | None
    frequency: Annotated[str, one_of(Frequency)]
    frequency_duration: int | None
    reusable: bool
    limited_plans: bool
    limited_billable_metrics: bool
    plan_codes: list[str]
    billable_metric_codes: list[str]
    created_at: Instant
    expiration: Annotated[str, one_of(Coupon.Expiration)]
    expiration_at: Instant | None
    terminated_at: Instant | None


class ShownAppliedCoupon(TypedDict):
    lago_id: UUID
    lago_coupon_id: UUID
    coupon_code: str
    coupon_name: str
    coupon_description: str | None
    coupon_status: Annotated[str, one_of(Coupon.Status)]
    coupon_deleted_at: Instant | None
    lago_customer_id: UUID
    external_customer_id: str
    status: Annotated[str, one_of(AppliedCoupon.Status)]
    amount_cents: int | None
    amount_cents_remaining: int | None
    amount_currency: str | None
    percentage_rate: DecimalText | None
    frequency: Annotated[str, one_of(Frequency)]
    frequency_duration: int | None
    frequency_duration_remaining: int | None
    expiration_at: Instant | None
    created_at: Instant
    terminated_at: Instant | None
    credits: list[Json]


class DealDiscount(TypedDict):
    coupon_type: Annotated[str, one_of(CouponType)]
    amount_cents: int | None
    amount_currency: str | None
    percentage_rate: DecimalText | None
    frequency: Annotated[str, one_of(Frequency)]
    frequency_duration: int | None


class ShownDeal(TypedDict):
    lago_id: UUID
    code: str
    name: str
    description: str | None
    redemption_codes: list[str]
    email_domains: list[str]
    external_customer_ids: list[str]
    max_redemptions: int | None
    max_per_customer: int
    redemptions_count: int
    expiration_at: Instant | None
    discount: DealDiscount | None
    currency: str | None
    granted_credits: DecimalText
    credits_days: int | None
    trial_days: int
    plan_code: str | None
    plan_overrides: dict[str, Json]
    subscribes: bool
    created_at: Instant


class ShownRedemption(TypedDict):
    lago_id: UUID
    deal_code: str
    deal_name: str
    lago_customer_id: UUID
    external_customer_id: str
    source: Annotated[str, one_of(DealRedemption.Source)]
    redemption_code: str | None
    lago_applied_coupon_id: UUID | None
    lago_wallet_id: UUID | None
    lago_subscription_id: UUID | None
    external_subscription_id: str | None
    subscribed: bool
    trial_days: int
    plan_overrides: dict[str, Json]
    created_at: Instant
    taken_back_at: Instant | None


class ShownRule(TypedDict):
    lago_id: UUID
    paid_credits: DecimalText
    granted_credits: DecimalText
    grants_target_top_up: bool | None
    interval: Annotated[str, one_of(RecurringRule.Interval)] | None
    method: Annotated[str, one_of(RecurringRule.Method)]
    started_at: Instant | None
    expiration_at: Instant | None
    status: Annotated[str, one_of(Wallet.Status)]
    target_ongoing_balance: DecimalText | None
    threshold_credits: DecimalText
    trigger: Annotated[str, one_of(RecurringRule.Trigger)]
    created_at: Instant
    invoice_requires_successful_payment: bool
    transaction_metadata: list[Json]
    transaction_name: str | None
    purchase_order_number: str | None
    ignore_paid_top_up_limits: bool
    applied_invoice_custom_sections: list[Json]
    payment_method: MethodReference


class WalletLimits(TypedDict):
    fee_types: list[str]
    billable_metric_codes: list[str]


class WalletBalances(TypedDict):
    credits_balance: DecimalText
    credits_ongoing_balance: DecimalText
    credits_ongoing_usage_balance: DecimalText
    balance_cents: int
    ongoing_balance_cents: int
    ongoing_usage_balance_cents: int
    consumed_credits: DecimalText


class ShownWallet(WalletBalances):
    lago_id: UUID
    lago_customer_id: UUID
    external_customer_id: str
    billing_entity_code: str
    status: Annotated[str, one_of(Wallet.Status)]
    currency: str
    name: str | None
    code: str
    purchase_order_number: str | None
    rate_amount: DecimalText
    created_at: Instant
    expiration_at: Instant | None
    last_balance_sync_at: Instant | None
    last_consumed_credit_at: Instant | None
    terminated_at: Instant | None
    invoice_requires_successful_payment: bool
    paid_top_up_min_amount_cents: int | None
    paid_top_up_max_amount_cents: int | None
    priority: int
    recurring_transaction_rules: list[ShownRule]
    applies_to: WalletLimits
    applied_invoice_custom_sections: list[Json]
    payment_method: MethodReference
    metadata: Metadata


class ShownWalletTransaction(TypedDict):
    lago_id: UUID
    lago_wallet_id: UUID
    lago_invoice_id: UUID | None
    lago_credit_note_id: UUID | None
    lago_voided_invoice_id: UUID | None
    billing_entity_code: str
    status: Annotated[str, one_of(WalletTransaction.Status)]
    source: Annotated[str, one_of(WalletTransaction.Source)]
    transaction_status: Annotated[str, one_of(WalletTransaction.TransactionStatus)]
    transaction_type: Annotated[str, one_of(WalletTransaction.Type)]
    amount: DecimalText
    credit_amount: DecimalText
    remaining_amount_cents: int | None
    remaining_credit_amount: DecimalText | None
    priority: int
    purchase_order_number: str | None
    settled_at: Instant | None
    failed_at: Instant | None
    created_at: Instant
    invoice_requires_successful_payment: bool
    metadata: list[Json]
    name: str | None
    applied_invoice_custom_sections: list[Json]
    payment_method: MethodReference


class WalletTransactions(TypedDict):
    wallet_transactions: list[ShownWalletTransaction]


class WalletTrace(TypedDict):
    lago_id: UUID
    amount_cents: int
    credit_amount: DecimalText
    created_at: Instant
    wallet_transaction: ShownWalletTransaction
