"""Payments recorded by hand: bank transfers, cheques, cash (table 1.18)."""

from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Forbidden, refuse
from customers.models import Customer
from invoicing.models import Invoice, Payment
from invoicing.services.payments import cancelling, settling

LONGEST_REFERENCE = 40


@transaction.atomic
def record(
    invoice: Invoice, *, amount_cents: int, reference: str, now: datetime, paid_at: datetime | None = None,
    reason: str = "",
) -> Payment:  # fmt: skip
    """
    Note that money has come in for an invoice, the whole of what is due or a part of it.

    :raises Forbidden: (403) if the invoice is neither final nor waits for its payment
    :raises Invalid: if it is nothing or more than is due, credits are not bought whole, or it does not say what it is
    """
    Customer.objects.lock(invoice.customer_id)
    invoice = Invoice.objects.select_related("customer").lock(invoice.pk)
    if invoice.status not in settling.PAYABLE:
        raise Forbidden("Only a final invoice is paid.")
    is_part = invoice.invoice_type == Invoice.Type.CREDIT and amount_cents != invoice.total_amount_cents
    refuse(
        {
            ("amount_cents", "invalid_value"): amount_cents <= 0,
            ("amount_cents", "greater_than"): amount_cents > invoice.total_due_amount_cents,
            ("amount_cents", "invalid_amount"): is_part,
            ("reference", "value_is_mandatory"): not reference,
            ("reference", "value_is_too_long"): len(reference) > LONGEST_REFERENCE,
        }
    )
    payment = settling.by_hand(invoice, reference, now, cents=amount_cents)
    payment.paid_at = paid_at or now
    payment.save(force_insert=True)
    activity.record("payment.recorded", payment, now=now, reason=reason)
    settling.settle(payment, [invoice], now=now)
    cancelling.cancel_superfluous(invoice, now=now)
    return payment
