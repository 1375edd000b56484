"""Payments with what is shown of them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from invoicing.models import Invoice, Payment, PaymentAllocation, PaymentReceipt, PaymentRequestInvoice

# Of a payment for several invoices, which they are.
_REQUESTED = "payment_request__items__invoice"


def payments() -> "QuerySet[Any]":
    """Return all payments, newest first, with their invoices and receipts; queries do not depend on their number."""
    rows: QuerySet[Any] = Payment.objects.select_related(
        "customer", "invoice", "receipt", "provider", "payment_method", "payment_request"
    )
    return rows.prefetch_related(_REQUESTED).order_by("-created_at", "-id")


def live_of(invoices: Iterable[int]) -> "QuerySet[Payment]":
    """Return the payments on their way that are for one of these invoices (by key), alone or with others."""
    keys = list(invoices)
    with_others = PaymentRequestInvoice.objects.filter(invoice__in=keys).values("payment_request")
    rows: QuerySet[Payment] = Payment.objects.filter(state__in=Payment.LIVE)
    return rows.filter(Q(invoice__in=keys) | Q(payment_request__in=with_others)).select_related("payment_request")


def invoices_of(payment: Payment) -> list[Invoice]:
    """Return what a payment is for, in the order in which it is paid."""
    if payment.payment_request is None:
        return [payment.invoice]
    return [item.invoice for item in payment.payment_request.items.all()]


def name_of(payment: Payment) -> str:
    """Return what whoever pays reads of a payment."""
    if payment.payment_request is not None:
        return ", ".join(str(invoice) for invoice in invoices_of(payment))[:250]
    return payment.invoice.number or "Prepaid credits"


def receipts() -> "QuerySet[Any]":
    """Return all receipts, newest first, with their payments."""
    rows: QuerySet[Any] = PaymentReceipt.objects.select_related(
        "payment__customer",
        "payment__invoice",
        "payment__provider",
        "payment__payment_method",
        "payment__payment_request",
    )
    return rows.prefetch_related(f"payment__{_REQUESTED}").order_by("-created_at", "-id")


def whole_receipt(pk: int) -> PaymentReceipt:
    """Return a receipt with all that its document prints."""
    allocations = PaymentAllocation.objects.select_related("invoice__billing_entity").order_by("pk")
    rows = PaymentReceipt.objects.select_related("payment__customer", "payment__invoice__billing_entity")
    receipt: PaymentReceipt = rows.prefetch_related(Prefetch("payment__allocations", allocations)).get(pk=pk)
    return receipt
