"""A request is paid when all its invoices are."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from billing_site.core import activity
from customers.services import dunning
from invoicing.models import Invoice, PaymentRequest, PaymentRequestInvoice

Status = PaymentRequest.Status


@transaction.atomic
def follow(invoices: Collection[int], *, now: datetime) -> None:
    """Note as paid the requests for these invoices (by key) of which no invoice waits any more. Idempotent."""
    items = PaymentRequestInvoice.objects.filter(payment_request=OuterRef("pk"))
    waiting = items.exclude(invoice__payment_status=Invoice.PaymentStatus.SUCCEEDED)
    asked = PaymentRequest.objects.filter(items__invoice__in=invoices).exclude(payment_status=Status.SUCCEEDED)
    for request in asked.filter(~Exists(waiting)).distinct().order_by("pk"):
        note(request, Status.SUCCEEDED, now=now)


def tell_failure(invoice: Invoice, details: Mapping[str, str], *, now: datetime) -> None:
    """Note that a payment failed of an invoice for which requests wait. The caller holds the invoice."""
    asked = PaymentRequest.objects.filter(items__invoice=invoice).exclude(payment_status=Status.SUCCEEDED)
    for request in asked.order_by("pk"):
        note(request, Status.FAILED, now=now)
        activity.record("payment_request.payment_failure", request, now=now, details=details)


def note(request: PaymentRequest, status: str, *, now: datetime) -> None:
    """Note what has become of a request; what is paid stays paid. The caller holds its customer or invoices."""
    moved = PaymentRequest.objects.filter(pk=request.pk).exclude(payment_status__in=(status, Status.SUCCEEDED))
    before = request.payment_status
    if moved.update(payment_status=status, updated_at=now):
        changes = {"payment_status": (before, status)}
        request.payment_status = status
        activity.record("payment_request.payment_status_updated", request, now=now, changes=changes)
        if status == Status.SUCCEEDED:
            dunning.begin_anew(request.customer_id, request.currency)
