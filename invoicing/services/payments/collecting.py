"""
Charging what customers have stored with a provider, once for each payment, whatever happens on the way.

| step | rule (reliability L14 to L16) |
|---|---|
| a payment is made | under the invoice's lock; a constraint allows one live payment of an invoice |
| it is sent | the state is committed first, with the key in the row; the call is outside any transaction |
| no answer | unknown; sent again with the same key, later and later, for 23 hours |
| no answer for longer, or the same failure replayed | never sent again: looked for among the provider's charges |
| it is found | adopted; if it is not, it has failed and another payment may be made |
| nothing is due any more | `cancelling.py` |
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from billing_site.core import activity, dispatch
from customers.models import Customer, PaymentMethod
from customers.selectors import payment_methods
from invoicing.calculations import payment_states
from invoicing.models import Invoice, Payment
from invoicing.providers.contract import Ambiguous, Busy, Gateway, Order, Outcome, Refused, Repeated
from invoicing.selectors import payments
from invoicing.services.payments import cancelling, hosted, outcomes, providers, settling

LEASE = timedelta(minutes=5)
KEY_LASTS = timedelta(hours=23)
LONGEST_PAUSE = timedelta(hours=1)
CLAIM_SIZE = 20
State = Payment.State


@transaction.atomic
def start(invoice: Invoice, *, now: datetime, method: PaymentMethod | None = None) -> Payment | None:
    """
    Make the payment of what is due of an invoice, to be charged by the worker; None where there is nothing to charge.

    Charged is the method given, else the one that the invoice names, else the customer's default. Nothing is charged
    without a stored method, beside a payment that is on its way, or if the provider does not charge
    so little.
    """
    customer = Customer.objects.lock(invoice.customer_id)
    invoice = Invoice.objects.lock(invoice.pk)
    method = method or payment_methods.chosen(customer.pk, invoice.payment_method)
    due = invoice.total_due_amount_cents
    if method is None or method.provider.deleted_at or not customer.provider_customer_id:
        return None
    if due <= 0 or invoice.status not in settling.PAYABLE:
        return None
    if invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED or invoice.self_billed:
        return None
    if payment_states.provider_amount(due, invoice.currency) is None:
        return None
    if payments.live_of([invoice.pk]).exists():
        return None
    payment = Payment.objects.create(
        customer=customer,
        invoice=invoice,
        payment_type=Payment.Type.PROVIDER,
        state=State.CREATED,
        amount_cents=due,
        currency=invoice.currency,
        provider=method.provider,
        payment_method=method,
        provider_customer_id=customer.provider_customer_id,
        provider_method_id=method.provider_method_id,
        next_attempt_at=now,
        created_at=now,
        updated_at=now,
    )
    activity.record("payment.created", payment, now=now)
    dispatch.wake_on_commit()
    return payment


def look_again(payment_id: uuid.UUID, *, now: datetime, provider_payment_id: str = "") -> bool:
    """Have the worker ask at once what has become of a payment; False if there is no such payment."""
    rows = Payment.objects.filter(lago_id=payment_id, provider__isnull=False)
    if provider_payment_id:
        rows.filter(provider_payment_id="").update(provider_payment_id=provider_payment_id, updated_at=now)
    found = rows.exclude(state=State.SUCCEEDED).filter(lease_token=None).update(next_attempt_at=now)
    return bool(found) or rows.exists()


def send_due(*, now: datetime, limit: int = 500) -> int:
    """Send or look after the payments whose time has come, and return how many were handled."""
    handled = 0
    while handled < limit:
        claimed = _claim(now)
        if not claimed:
            break
        for payment in claimed:
            _handle(payment, now)
        handled += len(claimed)
    return handled


def _claim(now: datetime) -> list[Payment]:
    """Lease some due payments and commit that they are being sent: who dies now leaves them to the next."""
    token = uuid.uuid4()
    with transaction.atomic():
        due = Payment.objects.filter(next_attempt_at__lte=now)
        rows = due.select_related("provider", "invoice", "customer").order_by("next_attempt_at", "id")
        claimed = list(rows.select_for_update(of=("self",), skip_locked=True)[:CLAIM_SIZE])
        for payment in claimed:
            payment.lease_token, payment.attempts, payment.next_attempt_at = token, payment.attempts + 1, now + LEASE
            if payment.state == State.CREATED:
                payment.state, payment.first_sent_at = State.SENDING, now
            payment.updated_at = now
        fields = ["lease_token", "attempts", "next_attempt_at", "state", "first_sent_at", "updated_at"]
        Payment.objects.bulk_update(claimed, fields)
    return claimed


def _handle(payment: Payment, now: datetime) -> None:
    if not _is_still_ours(payment):
        return
    try:
        outcome = _ask(payment, now)
    except Busy as busy:
        _later(payment, payment.state, now, timedelta(seconds=busy.seconds) if busy.seconds else None)
    except Repeated as error:
        _give_up_key(payment, str(error), now)
    except Ambiguous as error:
        _later(payment, _doubted(payment), now, message=str(error))
    except Refused as error:
        failed = Outcome("", State.FAILED, error_code=error.code, error_message=error.message)
        outcomes.apply(payment, failed, now=now, token=payment.lease_token)
    else:
        if outcome is None:
            _later(payment, _doubted(payment), now)
        else:
            outcomes.apply(payment, outcome, now=now, token=payment.lease_token)


def _is_still_ours(payment: Payment) -> bool:
    """Test if the lease is still held, and read whether the payment is wanted: nothing is sent on what was once so."""
    held = Payment.objects.filter(pk=payment.pk, lease_token=payment.lease_token)
    found = held.values_list("cancel_requested_at", flat=True)
    for requested_at in found:
        payment.cancel_requested_at = requested_at
    return bool(found)


def _ask(payment: Payment, now: datetime) -> Outcome | None:
    """Charge, or ask what has become of the charge; None if that cannot be said yet."""
    assert payment.provider is not None
    gateway = providers.gateway(payment.provider)
    if payment.cancel_requested_at is not None:
        return cancelling.outcome_of(payment, gateway, lambda: _find(payment, gateway), now)
    if payment.next_action.get("type") == hosted.CHECKOUT:
        return _at_the_page(payment, gateway, now)
    if payment.provider_payment_id:
        return gateway.look_up(payment.provider_payment_id)
    assert payment.first_sent_at is not None
    if now - payment.first_sent_at < KEY_LASTS:
        return gateway.charge(_order(payment))
    found = _find(payment, gateway)
    if found is not None:
        return found
    return Outcome("", State.FAILED, error_code="never_charged", error_message="The provider has no such charge.")


def _find(payment: Payment, gateway: Gateway) -> Outcome | None:
    since = (payment.first_sent_at or payment.created_at) - timedelta(hours=1)
    return gateway.find(payment.lago_id.hex, payment.provider_customer_id, since)


def _at_the_page(payment: Payment, gateway: Gateway, now: datetime) -> Outcome | None:
    """Ask what has become of a payment at a hosted page; a card that fails there may be tried again until it ends."""
    has_ended = now >= payment.created_at + hosted.LASTS + timedelta(hours=1)
    if payment.provider_payment_id:
        found: Outcome | None = gateway.look_up(payment.provider_payment_id)
    else:
        found = _find(payment, gateway)
    if found is None or (found.state == State.FAILED and not has_ended):
        return Outcome("", State.CANCELED, error_code="page_expired") if has_ended else None
    return found


def _order(payment: Payment) -> Order:
    amount = payment_states.provider_amount(payment.amount_cents, payment.currency)
    assert amount is not None
    return Order(
        key=payment.idempotency_key,
        payment_id=payment.lago_id.hex,
        amount=amount,
        currency=payment.currency,
        provider_customer_id=payment.provider_customer_id,
        provider_method_id=payment.provider_method_id,
        description=payment.invoice.number or "Prepaid credits",
        metadata={"invoice_id": str(payment.invoice.lago_id), "customer_id": str(payment.customer.lago_id)},
    )


def _doubted(payment: Payment) -> str:
    is_known = payment.provider_payment_id or payment.next_action.get("type") == hosted.CHECKOUT
    return payment.state if is_known else State.UNKNOWN


def _give_up_key(payment: Payment, message: str, now: datetime) -> None:
    """The key is spent: pretend that it was sent too long ago to be sent again, and look for the charge soon."""
    Payment.objects.filter(pk=payment.pk, lease_token=payment.lease_token).update(
        state=State.UNKNOWN,
        first_sent_at=min(payment.first_sent_at or now, now - KEY_LASTS),
        next_attempt_at=now + cancelling.SETTLED_AFTER,
        error_message=message[:2000],
        lease_token=None,
        updated_at=now,
    )


def _later(payment: Payment, state: str, now: datetime, pause: timedelta | None = None, message: str = "") -> None:
    """Come back later, fenced by the lease; each time the pause is twice as long."""
    doubled = timedelta(seconds=15 * 2 ** min(payment.attempts, 12))
    Payment.objects.filter(pk=payment.pk, lease_token=payment.lease_token).update(
        state=state,
        next_attempt_at=now + (pause or min(doubled, LONGEST_PAUSE)),
        error_message=message[:2000],
        lease_token=None,
        updated_at=now,
    )
