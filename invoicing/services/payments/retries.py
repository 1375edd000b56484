"""Charging again what has failed, when someone asks for it."""

from datetime import datetime

from billing_site.core.errors import NotAllowed
from invoicing.models import Invoice, Payment
from invoicing.services.payments import collecting


class NotRetryable(NotAllowed):
    code = "invalid_status"


def retry(invoice: Invoice, *, now: datetime) -> Payment | None:
    """
    Charge the customer's default method again; None if there is none, or a payment is on its way.

    :raises NotRetryable: (405) if the invoice is a draft, void or paid
    """
    if invoice.status != Invoice.Status.FINALIZED or invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED:
        raise NotRetryable("Only a final invoice that is not paid is charged again.")
    return collecting.start(invoice, now=now)
