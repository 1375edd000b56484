"""What the API answers about payments, their receipts, requests and methods, and pages to pay on."""

from typing import Annotated, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import Instant, Json, one_of
from customers.api.shapes import ShownCustomer
from invoicing.api.shapes import ShownInvoice
from invoicing.models import Payment, PaymentRequest


class PaymentKeys(TypedDict):
    lago_id: UUID
    lago_customer_id: UUID
    external_customer_id: str
    invoice_ids: list[UUID]
    invoice_numbers: list[str]
    lago_payable_id: UUID
    payable_type: str
    amount_cents: int
    amount_currency: str
    status: Annotated[str, one_of(Payment.State)]
    payment_status: str
    type: Annotated[str, one_of(Payment.Type)]
    reference: str
    payment_provider_code: str | None
    payment_provider_type: str | None
    payment_method_id: UUID | None
    external_payment_id: str | None
    provider_payment_id: str | None
    provider_customer_id: str | None
    next_action: Json
    created_at: Instant


class ReceiptKeys(TypedDict):
    lago_id: UUID
    number: str
    file_url: str | None
    xml_url: str | None
    created_at: Instant


class ShownPayment(PaymentKeys):
    payment_receipt: ReceiptKeys | None


class ShownReceipt(ReceiptKeys):
    payment: PaymentKeys


class ShownPaymentRequest(TypedDict):
    lago_id: UUID
    email: str
    amount_cents: int
    amount_currency: str
    payment_status: Annotated[str, one_of(PaymentRequest.Status)]
    created_at: Instant
    customer: ShownCustomer
    invoices: list[ShownInvoice]


class ShownPaymentMethod(TypedDict):
    lago_id: UUID
    is_default: bool
    payment_provider_code: str
    payment_provider_name: str
    payment_provider_type: str
    provider_method_id: str
    created_at: Instant


class CheckoutPage(TypedDict):
    lago_customer_id: UUID
    external_customer_id: str
    payment_provider: str
    checkout_url: str


class CheckoutUrl(TypedDict):
    customer: CheckoutPage


class PayerKeys(TypedDict):
    lago_customer_id: UUID
    external_customer_id: str
    payment_provider: str


class PaymentPage(PayerKeys):
    lago_invoice_id: UUID
    payment_url: str


class InvoicePaymentUrl(TypedDict):
    invoice_payment_details: PaymentPage


class RequestPaymentPage(PayerKeys):
    lago_payment_request_id: UUID
    payment_url: str


class RequestPaymentUrl(TypedDict):
    payment_request_payment_details: RequestPaymentPage


class TopUpPaymentPage(PaymentPage):
    lago_wallet_transaction_id: UUID


class TopUpPaymentUrl(TypedDict):
    wallet_transaction_payment_details: TopUpPaymentPage
