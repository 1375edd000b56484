"""Fees that no invoice bears: the seller says whether they are paid; until one bears them they may be deleted."""

from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed, invalid
from customers.models import Customer
from invoicing.models import Fee, Invoice

MOMENTS = {
    Fee.PaymentStatus.SUCCEEDED: "succeeded_at",
    Fee.PaymentStatus.FAILED: "failed_at",
    Fee.PaymentStatus.REFUNDED: "refunded_at",
}


class OnInvoice(NotAllowed):
    code = "invoiced_fee"


@transaction.atomic
def set_payment_status(fee: Fee, *, status: str, now: datetime) -> Fee:
    """
    Note whether a fee that stands alone was paid, failed or was refunded.

    :raises Invalid: if there is no such status
    :raises OnInvoice: if an invoice asks for its payment (those of fees paid before they were gathered stay as told)
    """
    if status not in Fee.PaymentStatus.values:
        raise invalid("payment_status", "value_is_invalid")
    fee = _lock(fee)
    if fee.invoice is not None and fee.invoice.invoice_type != Invoice.Type.ADVANCE_CHARGES:
        raise OnInvoice("The invoice's payment decides over this fee.")
    before = activity.snapshot(fee, ("payment_status",))
    fee.payment_status, fee.updated_at = status, now
    for value, name in MOMENTS.items():
        setattr(fee, name, now if value == status else None)
    fee.save(update_fields=["payment_status", *MOMENTS.values(), "updated_at"])
    activity.record("fee.updated", fee, now=now, changes=activity.differences(before, fee))
    return fee


@transaction.atomic
def delete(fee: Fee, *, now: datetime) -> Fee:
    """
    Take back a fee that stands alone. Its event is not charged again.

    :raises OnInvoice: if an invoice bears it
    """
    fee = _lock(fee)
    if fee.invoice_id is not None:
        raise OnInvoice("An invoice bears this fee.")
    fee.deleted_at = fee.updated_at = now
    fee.save(update_fields=["deleted_at", "updated_at"])
    activity.record("fee.deleted", fee, now=now)
    return fee


def _lock(fee: Fee) -> Fee:
    Customer.objects.lock(fee.customer_id)
    locked: Fee = Fee.objects.lock(fee.pk)
    return locked
