"""What a provider says of a payment, by its answer or by a webhook: it only ever moves forward, and counts once."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from billing_site.core import activity
from credits.models import WalletTransaction
from customers.models import Customer
from invoicing.calculations import payment_states
from invoicing.models import Invoice, Payment, PaymentRequest
from invoicing.providers.contract import Outcome
from invoicing.selectors import payments
from invoicing.services.payment_requests import statuses as requests
from invoicing.services.payments import settling, statuses
from invoicing.services.payments.hosted import CHECKOUT

LOOK_AGAIN = timedelta(hours=1)
State = Payment.State


@transaction.atomic
def apply(payment: Payment, outcome: Outcome, *, now: datetime, token: UUID | None = None) -> bool:
    """
    Move a payment on, and return whether it has moved. With a lease's token, only if it is still held.

    An invoice whose payment succeeded is paid; one whose payment failed may be tried again.
    """
    was_wanted = payment.cancel_requested_at is None
    Customer.objects.lock(payment.customer_id)
    wanted = [invoice.pk for invoice in payments.invoices_of(payment)]
    invoices = list(Invoice.objects.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",)))
    payment = Payment.objects.select_related("customer").lock(payment.pk)
    if token is not None and payment.lease_token != token:
        return False
    is_unwanted_now = was_wanted and payment.cancel_requested_at is not None
    _note(payment, outcome, now, pause=timedelta(0) if is_unwanted_now else LOOK_AGAIN)
    if not payment_states.follows(payment.state, outcome.state):
        payment.save()
        return False
    if outcome.state == State.SUCCEEDED:
        settling.settle(payment, invoices, now=now)
        return True
    payment.state = outcome.state
    payment.save()
    activity.record(f"payment.{outcome.state}", payment, now=now)
    if outcome.state in (State.FAILED, State.CANCELED) and payment.cancel_requested_at is None:
        _fail(invoices, outcome, now)
        if payment.payment_request is not None:
            requests.note(payment.payment_request, PaymentRequest.Status.FAILED, now=now)
    return True


def _note(payment: Payment, outcome: Outcome, now: datetime, *, pause: timedelta) -> None:
    payment.provider_payment_id = payment.provider_payment_id or outcome.provider_payment_id
    payment.lease_token, payment.updated_at = None, now
    if payment.state in payment_states.FINAL:
        payment.next_attempt_at = None
        return
    payment.error_code, payment.error_message = outcome.error_code[:100], outcome.error_message[:2000]
    if payment.next_action.get("type") != CHECKOUT:
        payment.next_action = dict(outcome.next_action)
    payment.next_attempt_at = None if outcome.state in payment_states.FINAL else now + pause


def _fail(invoices: list[Invoice], outcome: Outcome, now: datetime) -> None:
    for invoice in invoices:
        if invoice.status in settling.PAYABLE and invoice.total_due_amount_cents and not _is_said_paid(invoice):
            statuses.say(invoice, Invoice.PaymentStatus.FAILED, now=now)
            _tell_failure(invoice, {"code": outcome.error_code, "message": outcome.error_message}, now)


def _tell_failure(invoice: Invoice, details: dict[str, str], now: datetime) -> None:
    """Credits that count once paid are told of themselves: their invoice is hidden until then."""
    if invoice.status == Invoice.Status.OPEN:
        for entry in WalletTransaction.objects.filter(invoice_id=invoice.lago_id).order_by("pk"):
            activity.record("wallet_transaction.payment_failure", entry, now=now, details=details)
    else:
        activity.record("invoice.payment_failure", invoice, now=now, details=details)
    requests.tell_failure(invoice, details, now=now)


def _is_said_paid(invoice: Invoice) -> bool:
    return bool(invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED)
