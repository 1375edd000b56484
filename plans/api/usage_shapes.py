"""What the API answers about usage: current, projected, and of single events."""

from decimal import Decimal
from typing import Annotated, NotRequired, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import Day, DecimalText, Instant, one_of
from metering.models import BillableMetric
from plans.api.shapes import ChargeModel


class UsedCharge(TypedDict):
    lago_id: UUID
    code: str
    charge_model: ChargeModel
    invoice_display_name: str | None


class UsedMetric(TypedDict):
    lago_id: UUID
    name: str
    code: str
    aggregation_type: Annotated[str, one_of(BillableMetric.Aggregation)]


class ChargeAndMetric(TypedDict):
    charge: UsedCharge
    billable_metric: UsedMetric


class InPricingUnits(TypedDict):
    amount_cents: int
    short_name: str
    conversion_rate: DecimalText | None
    projected_amount_cents: NotRequired[int]


class Breakdown(TypedDict):
    presentation_by: dict[str, str]
    units: DecimalText


class UsageFigures(TypedDict):
    units: DecimalText
    total_aggregated_units: DecimalText
    events_count: int
    amount_cents: int
    pricing_unit_details: InPricingUnits | None


class FilterUsage(UsageFigures):
    invoice_display_name: str | None
    values: dict[str, list[str]] | None
    presentation_breakdowns: list[Breakdown]


class GroupUsage(UsageFigures):
    grouped_by: dict[str, str | None]
    filters: list[FilterUsage]
    presentation_breakdowns: list[Breakdown]


class ChargeUsage(UsageFigures, ChargeAndMetric):
    amount_currency: str
    filters: list[FilterUsage]
    grouped_usage: list[GroupUsage]
    presentation_breakdowns: list[Breakdown]


class UsageTotals(TypedDict):
    from_datetime: Instant
    to_datetime: Instant
    issuing_date: Day
    currency: str
    amount_cents: int
    total_amount_cents: int
    taxes_amount_cents: int
    lago_invoice_id: UUID | None


class ShownUsage(UsageTotals):
    charges_usage: list[ChargeUsage]


class Projection(TypedDict):
    """What usage is expected to come to."""

    projected_units: DecimalText
    projected_amount_cents: int
    projected_presentation_breakdowns: list[Breakdown]


class ProjectedFilter(FilterUsage, Projection):
    pass


class ProjectedGroup(UsageFigures, Projection):
    grouped_by: dict[str, str | None]
    filters: list[ProjectedFilter]
    presentation_breakdowns: list[Breakdown]


class ProjectedCharge(UsageFigures, ChargeAndMetric, Projection):
    amount_currency: str
    filters: list[ProjectedFilter]
    grouped_usage: list[ProjectedGroup]
    presentation_breakdowns: list[Breakdown]


class ProjectedUsage(UsageTotals):
    projected_amount_cents: int
    charges_usage: list[ProjectedCharge]


class CustomerUsage(TypedDict):
    customer_usage: ShownUsage


class CustomerProjectedUsage(TypedDict):
    customer_projected_usage: ProjectedUsage


class InstantItem(TypedDict):
    type: str
    code: str
    name: str
    description: str | None
    invoice_display_name: str
    filters: dict[str, list[str]] | None
    filter_invoice_display_name: str | None
    lago_item_id: UUID
    item_type: str
    grouped_by: dict[str, str]


class InstantFee(TypedDict):
    """A fee that an event would make if it were sent."""

    lago_id: None
    lago_charge_id: UUID
    lago_charge_filter_id: UUID | None
    lago_invoice_id: None
    lago_true_up_fee_id: None
    lago_true_up_parent_fee_id: None
    lago_subscription_id: UUID
    external_subscription_id: str
    lago_customer_id: UUID
    external_customer_id: str
    item: InstantItem
    pay_in_advance: bool
    invoiceable: bool
    amount_cents: int
    amount_currency: str
    precise_amount: Decimal
    precise_total_amount: Decimal
    taxes_amount_cents: int
    taxes_precise_amount: Decimal
    taxes_rate: Decimal
    total_amount_cents: int
    total_amount_currency: str
    units: DecimalText
    description: str | None
    precise_unit_amount: DecimalText
    precise_coupons_amount_cents: DecimalText
    events_count: int
    payment_status: str
    created_at: None
    succeeded_at: None
    failed_at: None
    refunded_at: None
    amount_details: None
    event_transaction_id: str


class InstantFees(TypedDict):
    fees: list[InstantFee]
