"""What the API answers about plans, charges, subscriptions, entitlements and usage."""

from decimal import Decimal
from typing import Annotated, NotRequired, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import Day, DecimalText, Instant, Json, Metadata, one_of
from customers.api.payment_methods import MethodReference
from customers.api.shapes import ShownTax
from plans.models import ActivationRule, Charge, FixedCharge, Plan, Privilege, Subscription

Interval = Annotated[str, one_of(Plan.Interval)]
ChargeModel = Annotated[str, one_of(Charge.Model)]
Prices = dict[str, Json]


class ShownAddOn(TypedDict):
    lago_id: UUID
    name: str
    invoice_display_name: str | None
    code: str
    amount_cents: int
    amount_currency: str
    created_at: Instant
    description: str | None
    taxes: list[ShownTax]


class ShownPricingUnit(TypedDict):
    lago_id: UUID
    code: str
    name: str
    short_name: str
    description: str | None
    created_at: Instant


class AppliedPricingUnit(TypedDict):
    code: str
    conversion_rate: DecimalText | None


class ShownChargeFilter(TypedDict):
    lago_id: UUID
    charge_code: str
    invoice_display_name: str | None
    properties: Prices
    values: dict[str, list[str]]


class ShownCharge(TypedDict):
    lago_id: UUID
    lago_billable_metric_id: UUID
    code: str
    invoice_display_name: str | None
    billable_metric_code: str
    created_at: Instant
    charge_model: ChargeModel
    invoiceable: bool
    regroup_paid_fees: str | None
    pay_in_advance: bool
    prorated: bool
    min_amount_cents: int
    accepts_target_wallet: bool
    properties: Prices
    applied_pricing_unit: AppliedPricingUnit | None
    lago_parent_id: UUID | None
    filters: list[ShownChargeFilter]
    taxes: list[ShownTax]


class ShownFixedCharge(TypedDict):
    lago_id: UUID
    lago_add_on_id: UUID
    code: str
    invoice_display_name: str
    add_on_code: str
    created_at: Instant
    charge_model: Annotated[str, one_of(FixedCharge.Model)]
    pay_in_advance: bool
    prorated: bool
    properties: Prices
    units: DecimalText
    lago_parent_id: UUID | None
    taxes: list[ShownTax]


class ShownCommitment(TypedDict):
    lago_id: UUID
    plan_code: str
    invoice_display_name: str | None
    amount_cents: int
    interval: Interval
    created_at: Instant
    updated_at: Instant
    taxes: list[ShownTax]


class CommitmentKey(TypedDict):
    minimum_commitment: NotRequired[ShownCommitment]


class ApplicableThreshold(TypedDict):
    threshold_display_name: str | None
    amount_cents: int
    recurring: bool


class ShownUsageThreshold(ApplicableThreshold):
    lago_id: UUID
    created_at: Instant
    updated_at: Instant


class ShownPrivilege(TypedDict):
    code: str
    name: str | None
    value_type: Annotated[str, one_of(Privilege.ValueType)]
    config: dict[str, Json]


class ShownFeature(TypedDict):
    code: str
    name: str | None
    description: str | None
    privileges: list[ShownPrivilege]
    created_at: Instant


class EntitledPrivilege(ShownPrivilege):
    value: Json


class ShownEntitlement(TypedDict):
    code: str
    name: str | None
    description: str | None
    privileges: list[EntitledPrivilege]


class OverriddenPrivilege(ShownPrivilege):
    value: Json
    plan_value: Json
    override_value: Json


class SubscriptionEntitlement(TypedDict):
    code: str
    name: str | None
    description: str | None
    privileges: list[OverriddenPrivilege]
    overrides: dict[str, Json]


class WantedEntitlements(TypedDict):
    entitlements: dict[str, dict[str, Json] | None]


class PlanEntitlements(TypedDict):
    entitlements: list[ShownEntitlement]


class SubscriptionEntitlements(TypedDict):
    entitlements: list[SubscriptionEntitlement]


class ShownPlan(CommitmentKey):
    lago_id: UUID
    name: str
    invoice_display_name: str | None
    created_at: Instant
    code: str
    interval: Interval
    description: str | None
    amount_cents: int
    amount_currency: str
    trial_period: Decimal
    pay_in_advance: bool
    bill_charges_monthly: bool | None
    bill_fixed_charges_monthly: bool | None
    customers_count: int
    active_subscriptions_count: int
    draft_invoices_count: int
    parent_id: UUID | None
    pending_deletion: bool
    charges: list[ShownCharge]
    fixed_charges: list[ShownFixedCharge]
    entitlements: list[ShownEntitlement]
    usage_thresholds: list[ShownUsageThreshold]
    applicable_usage_thresholds: list[ApplicableThreshold]
    taxes: list[ShownTax]
    metadata: Metadata


class ShownActivationRule(TypedDict):
    lago_id: UUID
    type: Annotated[str, one_of(ActivationRule.Type)]
    timeout_hours: int | None
    status: str
    expires_at: Instant | None
    created_at: Instant
    updated_at: Instant


class ShownSubscription(TypedDict):
    lago_id: UUID
    external_id: str
    lago_customer_id: UUID
    external_customer_id: str
    name: str | None
    plan_code: str
    plan_amount_cents: int
    plan_amount_currency: str
    status: Annotated[str, one_of(Subscription.Status)]
    billing_time: Annotated[str, one_of(Subscription.BillingTime)]
    subscription_at: Instant
    started_at: Instant | None
    trial_ended_at: Instant | None
    ending_at: Instant | None
    terminated_at: Instant | None
    canceled_at: Instant | None
    created_at: Instant
    previous_plan_code: str | None
    next_plan_code: str | None
    downgrade_plan_date: Day | None
    current_billing_period_started_at: Instant | None
    current_billing_period_ending_at: Instant | None
    on_termination_credit_note: str | None
    on_termination_invoice: str
    progressive_billing_disabled: bool
    consolidate_invoice: bool
    purchase_order_number: str | None
    cancellation_reason: str | None
    paused_at: Instant | None
    activated_at: Instant | None
    payment_method: MethodReference
    activation_rules: list[ShownActivationRule]


class WholeSubscription(ShownSubscription):
    plan: ShownPlan
    entitlements: list[SubscriptionEntitlement]
    applicable_usage_thresholds: list[ApplicableThreshold]
    applied_invoice_custom_sections: list[Json]
