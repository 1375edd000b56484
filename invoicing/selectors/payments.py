"""Payments with what is shown of them."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from invoicing.models import Payment, PaymentAllocation, PaymentReceipt


def payments() -> "QuerySet[Any]":
    """Return all payments, newest first, with their invoices and receipts; queries do not depend on their number."""
    rows: QuerySet[Any] = Payment.objects.select_related("customer", "invoice", "receipt", "provider", "payment_method")
    return rows.order_by("-created_at", "-id")


def receipts() -> "QuerySet[Any]":
    """Return all receipts, newest first, with their payments."""
    rows: QuerySet[Any] = PaymentReceipt.objects.select_related(
        "payment__customer", "payment__invoice", "payment__provider", "payment__payment_method"
    )
    return rows.order_by("-created_at", "-id")


def whole_receipt(pk: int) -> PaymentReceipt:
    """Return a receipt with all that its document prints."""
    allocations = PaymentAllocation.objects.select_related("invoice__billing_entity").order_by("pk")
    rows = PaymentReceipt.objects.select_related("payment__customer", "payment__invoice__billing_entity")
    receipt: PaymentReceipt = rows.prefetch_related(Prefetch("payment__allocations", allocations)).get(pk=pk)
    return receipt
