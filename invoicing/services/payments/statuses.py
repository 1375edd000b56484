"""Whether an invoice is paid: as its payments say, or as an integrator does; whoever waits for it is told."""

from datetime import datetime

from billing_site.core import activity
from billing_site.core.errors import invalid
from invoicing.models import Fee, Invoice

Status = Invoice.PaymentStatus
WATCHED = ("payment_status", "total_paid_amount_cents", "offset_amount_cents", "payment_overdue")
MOMENTS = {Status.SUCCEEDED: "succeeded_at", Status.FAILED: "failed_at"}


def pay(invoice: Invoice, cents: int, *, now: datetime) -> None:
    """Note that a payment has paid a part of a locked invoice; one of which nothing is due any more is paid."""
    _note(invoice, now, total_paid_amount_cents=invoice.total_paid_amount_cents + cents)


def set_off(invoice: Invoice, cents: int, *, now: datetime) -> None:
    """Note that a credit note has taken a part off what is due of a locked invoice."""
    _note(invoice, now, offset_amount_cents=invoice.offset_amount_cents + cents)


def say(invoice: Invoice, status: str, *, now: datetime) -> None:
    """
    Note the payment status that someone outside gives a locked invoice. No money is noted: payments do that.

    :raises Invalid: if all of it has been paid, and it is said not to be
    """
    if status == invoice.payment_status:
        return
    if not invoice.total_due_amount_cents and status != Status.SUCCEEDED:
        raise invalid("payment_status", "value_is_invalid", "Nothing is due of this invoice any more.")
    _note(invoice, now, payment_status=status)


def _note(invoice: Invoice, now: datetime, **changed: object) -> None:
    before = activity.snapshot(invoice, WATCHED)
    for name, value in changed.items():
        setattr(invoice, name, value)
    if not invoice.total_due_amount_cents:
        invoice.payment_status = Status.SUCCEEDED
    if invoice.payment_status == Status.SUCCEEDED:
        invoice.payment_overdue = False
    invoice.updated_at = now
    invoice.save(update_fields=[*WATCHED, "updated_at"])
    if before["payment_status"] != invoice.payment_status:
        _tell_fees(invoice, now)
        changes = activity.differences(before, invoice)
        activity.record("invoice.payment_status_updated", invoice, now=now, changes=changes)


def _tell_fees(invoice: Invoice, now: datetime) -> None:
    moments = {name: now if status == invoice.payment_status else None for status, name in MOMENTS.items()}
    Fee.objects.filter(invoice=invoice).update(payment_status=invoice.payment_status, updated_at=now, **moments)
