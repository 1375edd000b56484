"""Payments and their receipts as Lago shows them, and what is taken in."""

from rest_framework import serializers

from billing_site.core.api import fields, formats
from invoicing.api.links import receipt_url
from invoicing.api.payment_shapes import PaymentKeys, ReceiptKeys, ShownPayment, ShownReceipt
from invoicing.models import Payment, PaymentReceipt
from invoicing.selectors import payments
from invoicing.services.payments.manual import LONGEST_REFERENCE

# What Lago calls the states: one status for all that is still open.
STATUSES = {
    "created": "pending", "sending": "pending", "unknown": "pending", "requires_action": "processing",
    "processing": "processing", "succeeded": "succeeded", "failed": "failed", "canceled": "failed",
}  # fmt: skip


class PaymentInput(serializers.Serializer):
    invoice_id = serializers.UUIDField()
    amount_cents = fields.CentsField(min_value=-fields.MAX_CENTS)
    reference = fields.CodeField(max_length=LONGEST_REFERENCE)
    paid_at = fields.InstantField(required=False, allow_null=True)


class PaymentOutput(serializers.BaseSerializer):
    """A payment with its receipt."""

    def to_representation(self, payment: Payment) -> ShownPayment:
        """Return the payment with all keys of Lago's."""
        receipt = getattr(payment, "receipt", None)
        return {**payment_keys(payment), "payment_receipt": _receipt_keys(receipt) if receipt else None}


class ReceiptOutput(serializers.BaseSerializer):
    """A receipt with its payment."""

    def to_representation(self, receipt: PaymentReceipt) -> ShownReceipt:
        """Return the receipt with all keys of Lago's."""
        return {**_receipt_keys(receipt), "payment": payment_keys(receipt.payment)}


def payment_keys(payment: Payment) -> PaymentKeys:
    """Return a payment without its receipt."""
    invoices, asked = payments.invoices_of(payment), payment.payment_request
    return {
        "lago_id": payment.lago_id,
        "lago_customer_id": payment.customer.lago_id,
        "external_customer_id": payment.customer.external_id,
        "invoice_ids": [invoice.lago_id for invoice in invoices],
        "invoice_numbers": [invoice.number for invoice in invoices],
        "lago_payable_id": (asked or payment.invoice).lago_id,
        "payable_type": "PaymentRequest" if asked else "Invoice",
        "amount_cents": payment.amount_cents,
        "amount_currency": payment.currency,
        "status": payment.state,
        "payment_status": STATUSES[payment.state],
        "type": payment.payment_type,
        "reference": payment.reference,
        "payment_provider_code": payment.provider.code if payment.provider else None,
        "payment_provider_type": "stripe" if payment.provider else None,
        "payment_method_id": payment.payment_method.lago_id if payment.payment_method else None,
        "external_payment_id": payment.provider_payment_id or None,
        "provider_payment_id": payment.provider_payment_id or None,
        "provider_customer_id": payment.provider_customer_id or None,
        "next_action": payment.next_action,
        # Lago dates what was recorded by hand back to the day that it was paid.
        "created_at": formats.instant(payment.paid_at or payment.created_at),
    }


def _receipt_keys(receipt: PaymentReceipt) -> ReceiptKeys:
    return {
        "lago_id": receipt.lago_id,
        "number": receipt.number,
        "file_url": receipt_url(receipt),
        "xml_url": None,
        "created_at": formats.instant(receipt.created_at),
    }
