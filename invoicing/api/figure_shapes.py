"""What the API answers of what was used, what is to come, and figures over months."""

from decimal import Decimal
from typing import Annotated, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import Day, DecimalText, Instant, Page, one_of
from invoicing.models import Fee, Invoice
from plans.api.usage_shapes import ShownUsage


class UsagePeriods(TypedDict):
    usage_periods: list[ShownUsage]
    meta: Page


class ThresholdCompletion(TypedDict):
    amount_cents: int
    completion_ratio: Decimal
    reached_at: Instant | None


class ShownLifetimeUsage(TypedDict):
    lago_id: UUID
    lago_subscription_id: UUID
    external_subscription_id: str
    external_historical_usage_amount_cents: int
    invoiced_usage_amount_cents: int
    current_usage_amount_cents: int
    from_datetime: Instant
    to_datetime: Instant
    usage_thresholds: list[ThresholdCompletion]


class LifetimeUsageAnswer(TypedDict):
    lifetime_usage: ShownLifetimeUsage


class UpcomingFee(TypedDict):
    type: Annotated[str, one_of(Fee.Type)]
    code: str
    invoice_display_name: str
    grouped_by: dict[str, str | None]
    units: DecimalText
    events_count: int | None
    amount_cents: int
    taxes_amount_cents: int
    from_date: Instant | None
    to_date: Instant | None
    external_subscription_id: str | None


class UpcomingInvoice(TypedDict):
    billing_at: Instant
    issuing_date: Day
    payment_due_date: Day
    currency: str
    fees_amount_cents: int
    progressive_billing_credit_amount_cents: int
    coupons_amount_cents: int
    sub_total_excluding_taxes_amount_cents: int
    taxes_amount_cents: int
    sub_total_including_taxes_amount_cents: int
    credit_notes_amount_cents: int
    prepaid_credit_amount_cents: int
    total_amount_cents: int
    fees: list[UpcomingFee]


class UpcomingInvoices(TypedDict):
    upcoming_invoices: list[UpcomingInvoice]


class GrossRevenue(TypedDict):
    month: Instant
    amount_cents: int
    currency: str
    invoices_count: int


class GrossRevenues(TypedDict):
    gross_revenues: list[GrossRevenue]


class InvoiceCollection(TypedDict):
    month: Instant
    payment_status: Annotated[str, one_of(Invoice.PaymentStatus)]
    invoices_count: int
    amount_cents: int
    currency: str


class InvoiceCollections(TypedDict):
    invoice_collections: list[InvoiceCollection]


class InvoicedUsage(TypedDict):
    month: Instant
    code: str
    amount_cents: int
    currency: str


class InvoicedUsages(TypedDict):
    invoiced_usages: list[InvoicedUsage]


class OverdueBalance(TypedDict):
    month: Instant
    amount_cents: int
    currency: str
    lago_invoice_ids: list[UUID]


class OverdueBalances(TypedDict):
    overdue_balances: list[OverdueBalance]


class Mrr(TypedDict):
    month: Instant
    amount_cents: int
    currency: str
    new_cents: int
    expansion_cents: int
    contraction_cents: int
    churn_cents: int


class Mrrs(TypedDict):
    mrrs: list[Mrr]


class UsageFigure(TypedDict):
    organization_id: UUID
    start_of_period_dt: Day
    end_of_period_dt: Day
    billable_metric_code: str
    is_billable_metric_deleted: bool
    units: DecimalText
    amount_cents: int
    amount_currency: str


class Usages(TypedDict):
    usages: list[UsageFigure]
