"""Charging again what has failed, when someone asks for it."""

from datetime import datetime

from billing_site.core.errors import NotAllowed
from customers.selectors import payment_methods
from invoicing.models import Invoice, Payment
from invoicing.services.payments import collecting


class NotRetryable(NotAllowed):
    code = "invalid_status"


def retry(
    invoice: Invoice, *, now: datetime, payment_method: payment_methods.Reference | None = None
) -> Payment | None:
    """
    Charge an invoice again, by the method named here or by it; None if there is none, or a payment is on its way.

    :raises NotRetryable: (405) if the invoice is a draft, void or paid
    :raises Invalid: if the customer has not stored the method that is named
    """
    if invoice.status != Invoice.Status.FINALIZED or invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED:
        raise NotRetryable("Only a final invoice that is not paid is charged again.")
    payment_methods.check(invoice.customer_id, payment_method)
    method = payment_methods.chosen(invoice.customer_id, payment_method) if payment_method else None
    return collecting.start(invoice, now=now, method=method)
