"""Usage as it was billed, period by period: read from the fees, never computed again."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from invoicing.models import Fee, Invoice, InvoiceSubscription


def periods(subscriptions: Any, metric_code: str | None = None) -> "QuerySet[Any]":
    """Return the billed periods of subscriptions with their fees for usage (of one metric), newest first."""
    fees = Fee.objects.filter(fee_type=Fee.Type.CHARGE).select_related("charge__billable_metric").order_by("pk")
    if metric_code:
        fees = fees.filter(charge__billable_metric__code=metric_code)
    rows = InvoiceSubscription.objects.filter(subscription__in=subscriptions, charges_from_at__isnull=False)
    rows = rows.filter(invoice__status=Invoice.Status.FINALIZED).select_related("invoice", "subscription__plan")
    found: QuerySet[Any] = rows.prefetch_related(Prefetch("invoice__fees", fees))
    return found.order_by("-charges_from_at", "-id")


def fees_of(row: InvoiceSubscription) -> list[Fee]:
    """Return the fees for usage of a billed period read like this: those of its own subscription."""
    return [fee for fee in row.invoice.fees.all() if fee.subscription_id == row.subscription_id]
