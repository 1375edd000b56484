"""
Taking back payments that nothing is due for any more: their invoice is void or paid otherwise (reliability L17).

| the payment | what is done |
|---|---|
| not yet sent | canceled at once |
| a charge at the provider | canceled there; if it had succeeded already, the money is kept as unapplied |
| at a hosted page | the page is closed, and what was begun there canceled |
| unknown | never sent again: looked for, and canceled once it is sure that there is no charge |
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from billing_site.core import activity, dispatch
from billing_site.core.errors import NotAllowed
from customers.models import Customer
from invoicing.calculations import payment_states
from invoicing.models import Invoice, Payment
from invoicing.providers.contract import Gateway, Outcome
from invoicing.selectors import payments
from invoicing.services.payments import settling

# How long a charge whose call timed out may take to show in the provider's list.
SETTLED_AFTER = timedelta(minutes=10)
State = Payment.State
Search = Callable[[], Outcome | None]


@transaction.atomic
def cancel_superfluous(invoice: Invoice, *, now: datetime) -> None:
    """Ask for the end of the payments on their way that are more than is due of an invoice. Idempotent."""
    Customer.objects.lock(invoice.customer_id)
    invoice = Invoice.objects.lock(invoice.pk)
    is_done = invoice.status not in settling.PAYABLE or invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED
    live = payments.live_of([invoice.pk]).filter(cancel_requested_at=None)
    found = list(live.order_by("pk").select_for_update(of=("self",)))
    for payment in found:
        is_alone = payment.payment_request is None
        if (is_done and is_alone) or payment.amount_cents > _due(payment):
            _ask_for_its_end(payment, now, "")


@transaction.atomic
def cancel(payment: Payment, *, now: datetime, reason: str = "") -> Payment:
    """
    Ask for the end of a payment on its way; the invoice may then be paid another way.

    :raises NotAllowed: (405) if it is not on its way any more
    """
    Customer.objects.lock(payment.customer_id)
    payment = Payment.objects.lock(payment.pk)
    if payment.state not in Payment.LIVE:
        raise NotAllowed("It is not on its way any more.", code="payment_not_cancelable")
    _ask_for_its_end(payment, now, reason)
    return payment


def outcome_of(payment: Payment, gateway: Gateway, find: Search, now: datetime) -> Outcome | None:
    """Have the provider make a charge no more, and return what has become of it; None if that cannot be said yet."""
    assert payment.cancel_requested_at is not None
    if payment.next_action.get("session"):
        gateway.close_page(payment.next_action["session"])
    if payment.provider_payment_id:
        return gateway.cancel(payment.provider_payment_id)
    found = find()
    if found is not None and found.state in (*payment_states.LIVE, State.FAILED):
        return gateway.cancel(found.provider_payment_id)
    is_sure = now >= payment.cancel_requested_at + SETTLED_AFTER
    return found or (Outcome("", State.CANCELED, error_code="never_charged") if is_sure else None)


def _due(payment: Payment) -> int:
    payable = [row for row in payments.invoices_of(payment) if row.status in settling.PAYABLE]
    return sum(row.total_due_amount_cents for row in payable)


def _ask_for_its_end(payment: Payment, now: datetime, reason: str) -> None:
    payment.cancel_requested_at = payment.cancel_requested_at or now
    payment.next_attempt_at, payment.updated_at = now, now
    if payment.state == State.CREATED:
        payment.state, payment.next_attempt_at = State.CANCELED, None
        activity.record("payment.canceled", payment, now=now, reason=reason)
    else:
        activity.record("payment.cancel_requested", payment, now=now, reason=reason)
    payment.save(update_fields=["cancel_requested_at", "next_attempt_at", "updated_at", "state"])
    dispatch.wake_on_commit()
