"""What the API answers about fees, invoices, credit notes and payments."""

from decimal import Decimal
from typing import Annotated, NotRequired, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import Day, DecimalText, Instant, Json, Metadata, one_of
from customers.api.shapes import ShownCustomer
from invoicing.models import CreditNote, Fee, Invoice
from plans.api.shapes import ShownSubscription, ShownUsageThreshold, WholeSubscription
from plans.api.usage_shapes import Breakdown


class FeeItem(TypedDict):
    type: Annotated[str, one_of(Fee.Type)]
    code: str | None
    name: str | None
    description: str | None
    invoice_display_name: str | None
    filters: dict[str, list[str]] | None
    filter_invoice_display_name: str | None
    lago_item_id: UUID | None
    item_type: str
    grouped_by: dict[str, str]


class AppliedTax(TypedDict):
    lago_id: UUID
    lago_tax_id: UUID | None
    tax_name: str
    tax_code: str
    tax_rate: Decimal
    tax_description: str | None
    amount_cents: int
    amount_currency: str
    created_at: Instant


class FeeTaxRow(AppliedTax):
    lago_fee_id: UUID


class FeeReferences(TypedDict):
    lago_id: UUID | None
    lago_charge_id: UUID | None
    lago_charge_filter_id: UUID | None
    lago_fixed_charge_id: UUID | None
    lago_invoice_id: UUID | None
    lago_true_up_fee_id: UUID | None
    lago_true_up_parent_fee_id: UUID | None
    lago_original_fee_id: UUID | None
    lago_subscription_id: UUID | None
    external_subscription_id: str | None
    lago_customer_id: UUID
    external_customer_id: str


class FeeAmounts(TypedDict):
    pay_in_advance: bool
    invoiceable: bool
    amount_cents: int
    amount_currency: str
    precise_amount: Decimal
    precise_total_amount: Decimal
    taxes_amount_cents: int
    taxes_precise_amount: Decimal
    taxes_rate: Decimal
    total_aggregated_units: DecimalText | None
    total_amount_cents: int
    total_amount_currency: str
    units: DecimalText
    description: str | None
    precise_unit_amount: DecimalText
    precise_coupons_amount_cents: DecimalText
    sub_total_excluding_taxes_amount_cents: int
    sub_total_excluding_taxes_precise_amount_cents: DecimalText


class ShownFee(FeeReferences, FeeAmounts):
    item: FeeItem
    events_count: int | None
    payment_status: Annotated[str, one_of(Fee.PaymentStatus)]
    created_at: Instant
    succeeded_at: Instant | None
    failed_at: Instant | None
    refunded_at: Instant | None
    amount_details: Json
    self_billed: bool
    pricing_unit_details: Json
    presentation_breakdowns: list[Breakdown]
    from_date: Instant | None
    to_date: Instant | None
    event_transaction_id: str | None
    applied_taxes: list[FeeTaxRow]


class EstimatedFees(TypedDict):
    fees: list[ShownFee]


class Explanation(TypedDict):
    explanation: dict[str, Json]


class InvoiceTaxRow(AppliedTax):
    lago_invoice_id: UUID
    fees_amount_cents: int


class InvoiceAmounts(TypedDict):
    fees_amount_cents: int
    taxes_amount_cents: int
    progressive_billing_credit_amount_cents: int
    coupons_amount_cents: int
    credit_notes_amount_cents: int
    sub_total_excluding_taxes_amount_cents: int
    sub_total_including_taxes_amount_cents: int
    total_amount_cents: int
    total_due_amount_cents: int
    total_paid_amount_cents: int
    total_offsetted_credit_note_amount_cents: int
    prepaid_credit_amount_cents: int
    prepaid_granted_credit_amount_cents: int | None
    prepaid_purchased_credit_amount_cents: int | None


class InvoiceFact(TypedDict):
    lago_id: UUID
    key: str
    value: str
    created_at: Instant


class InvoiceRelated(TypedDict):
    customer: ShownCustomer
    metadata: list[InvoiceFact]
    applied_taxes: list[InvoiceTaxRow]


class ShownInvoice(InvoiceAmounts, InvoiceRelated):
    lago_id: UUID
    billing_entity_code: str
    sequential_id: int | None
    number: str
    purchase_order_number: str | None
    issuing_date: Day
    payment_due_date: Day
    net_payment_term: int
    invoice_type: Annotated[str, one_of(Invoice.Type)]
    status: Annotated[str, one_of(Invoice.Status)]
    payment_status: Annotated[str, one_of(Invoice.PaymentStatus)]
    payment_dispute_lost_at: Instant | None
    payment_overdue: bool
    currency: str
    file_url: str | None
    xml_url: str | None
    web_url: str | None
    version_number: int
    self_billed: bool
    created_at: Instant
    updated_at: Instant
    voided_at: Instant | None


class BillingPeriod(TypedDict):
    lago_subscription_id: UUID
    external_subscription_id: str
    lago_plan_id: UUID
    subscription_from_datetime: Instant
    subscription_to_datetime: Instant
    charges_from_datetime: Instant
    charges_to_datetime: Instant
    fixed_charges_from_datetime: Instant
    fixed_charges_to_datetime: Instant
    invoicing_reason: str


class CreditItem(TypedDict):
    lago_item_id: UUID
    type: str
    code: str
    name: str
    description: str | None


class CreditedInvoice(TypedDict):
    lago_id: UUID
    payment_status: Annotated[str, one_of(Invoice.PaymentStatus)]


class ShownCredit(TypedDict):
    lago_id: UUID
    amount_cents: int
    amount_currency: str
    before_taxes: bool
    item: CreditItem
    invoice: CreditedInvoice


class PrintedSection(TypedDict):
    lago_id: str
    lago_invoice_id: UUID
    code: str
    details: str | None
    display_name: str
    created_at: Instant | None


class AppliedThreshold(TypedDict):
    lifetime_usage_amount_cents: int
    created_at: Instant
    usage_threshold: ShownUsageThreshold


class ThresholdsKey(TypedDict):
    applied_usage_thresholds: NotRequired[list[AppliedThreshold]]


class WholeInvoice(ShownInvoice, ThresholdsKey):
    subscriptions: list[ShownSubscription]
    billing_periods: list[BillingPeriod]
    fees: list[ShownFee]
    credits: list[ShownCredit]
    error_details: list[Json]
    applied_invoice_custom_sections: list[PrintedSection]


class NoteAmounts(TypedDict):
    total_amount_cents: int
    precise_total_amount_cents: DecimalText
    taxes_amount_cents: int
    precise_taxes_amount_cents: DecimalText
    sub_total_excluding_taxes_amount_cents: int
    balance_amount_cents: int
    credit_amount_cents: int
    refund_amount_cents: int
    offset_amount_cents: int
    coupons_adjustment_amount_cents: int
    taxes_rate: Decimal


class NoteItem(TypedDict):
    lago_id: UUID
    amount_cents: int
    precise_amount_cents: DecimalText
    amount_currency: str
    fee: ShownFee


class NoteTax(AppliedTax):
    lago_credit_note_id: UUID
    base_amount_cents: int


class FactsKey(TypedDict):
    metadata: NotRequired[Metadata]


class ShownCreditNote(NoteAmounts, FactsKey):
    lago_id: UUID
    billing_entity_code: str
    sequential_id: int
    number: str
    lago_invoice_id: UUID
    invoice_number: str
    purchase_order_number: str | None
    issuing_date: Day
    credit_status: Annotated[str, one_of(CreditNote.CreditStatus)] | None
    refund_status: Annotated[str, one_of(CreditNote.RefundStatus)] | None
    reason: Annotated[str, one_of(CreditNote.Reason)]
    description: str | None
    currency: str
    created_at: Instant
    updated_at: Instant
    file_url: str | None
    xml_url: str | None
    self_billed: bool
    items: list[NoteItem]
    applied_taxes: list[NoteTax]


class WholeCreditNote(ShownCreditNote):
    customer: ShownCustomer
    error_details: list[Json]


class EstimatedItem(TypedDict):
    lago_fee_id: UUID
    amount_cents: int


class EstimatedTax(TypedDict):
    lago_tax_id: None
    tax_name: str
    tax_code: str
    tax_rate: Decimal
    tax_description: None
    base_amount_cents: int
    amount_cents: int
    amount_currency: str


class EstimatedNote(TypedDict):
    lago_invoice_id: UUID
    invoice_number: str
    currency: str
    taxes_amount_cents: int
    precise_taxes_amount_cents: DecimalText
    sub_total_excluding_taxes_amount_cents: int
    max_creditable_amount_cents: int
    max_refundable_amount_cents: int
    max_offsettable_amount_cents: int
    coupons_adjustment_amount_cents: int
    precise_coupons_adjustment_amount_cents: DecimalText
    taxes_rate: Decimal
    items: list[EstimatedItem]
    applied_taxes: list[EstimatedTax]


class EstimatedCreditNote(TypedDict):
    estimated_credit_note: EstimatedNote


class InvoicePreview(TypedDict):
    invoice: WholeInvoice


class UnusedCredit(TypedDict):
    lago_fee_id: UUID
    days: int
    precise_amount_cents: DecimalText
    amount_currency: str
    option: str


class PreviewedChange(TypedDict):
    at: Instant
    subscription: WholeSubscription
    invoices: list[WholeInvoice]
    unused: UnusedCredit | None


class PreviewChange(TypedDict):
    preview_change: PreviewedChange
