"""
Giving back by the provider what credit notes refund, or what came in that nothing was due for; once each (L18).

| step | rule |
|---|---|
| a note refunds | out of the invoice's payments by providers, the latest first, never more than a payment was |
| what came in by hand | is given back by hand: staff or the API note when it is done |
| sent | as charges are: the state first, one key for ever, no answer is asked for again with the same key |
| no answer for 23 hours | looked for among the payment's refunds, never sent again |
| on its way | looked at each hour, and when the provider tells of it; it may fail even after it succeeded |
| all given back, or one failed | the note says so; without a note the payment keeps that much less |
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from billing_site.core import activity, dispatch
from billing_site.core.errors import refuse
from customers.models import Customer, PaymentProvider
from invoicing.calculations import payment_states
from invoicing.models import CreditNote, Invoice, Payment, Refund
from invoicing.providers.contract import Ambiguous, Busy, Refused
from invoicing.services.credit_notes import changes
from invoicing.services.payments import providers, unapplied

LEASE, KEY_LASTS, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=23), timedelta(hours=1)
LOOK_AGAIN = timedelta(hours=1)
CLAIM_SIZE = 20
State = Refund.State
# What Stripe calls the states of a refund.
OF_REFUND = {"succeeded": State.SUCCEEDED, "failed": State.FAILED, "canceled": State.FAILED}


def state_of(status: str) -> str:
    """Return the state of a refund by the provider's word for it."""
    return OF_REFUND.get(status, State.PROCESSING)


@transaction.atomic
def start(note: CreditNote, *, now: datetime) -> list[Refund]:
    """Make the refunds of a note, once; what providers did not take is left to people."""
    Customer.objects.lock(note.customer_id)
    Invoice.objects.lock(note.invoice_id)
    left = note.refund_amount_cents
    if not left or note.refund_status != CreditNote.RefundStatus.PENDING or note.refunds.exists():
        return []
    made = []
    paid = Payment.objects.filter(allocations__invoice=note.invoice_id, provider__isnull=False, state="succeeded")
    for payment in paid.order_by("-pk").select_for_update(of=("self",)):
        given = payment.refunds.exclude(state=State.FAILED).aggregate(cents=Sum("amount_cents"))["cents"] or 0
        cents = min(left, payment.amount_cents - given)
        if cents > 0 and payment_states.provider_amount(cents, payment.currency, least=1) is not None:
            made.append(
                Refund.objects.create(
                    credit_note=note, payment=payment, amount_cents=cents, next_attempt_at=now, created_at=now,
                    updated_at=now,
                )
            )  # fmt: skip
            left -= cents
    if made:
        dispatch.wake_on_commit()
    return made


@transaction.atomic
def give_back(payment: Payment, cents: int, *, now: datetime, reason: str = "") -> Refund:
    """
    Give back a part of what came in with a payment and nothing was due for.

    :raises Invalid: if it is nothing or more than there is, or the provider did not take it or does not move so little
    """
    Customer.objects.lock(payment.customer_id)
    payment = Payment.objects.lock(payment.pk)
    refuse(
        {
            ("amount_cents", "invalid_value"): cents <= 0,
            ("amount_cents", "greater_than"): cents > unapplied.free_cents(payment),
            ("payment", "not_by_a_provider"): payment.provider_id is None,
            ("amount_cents", "amount_not_divisible"): (
                payment_states.provider_amount(cents, payment.currency, least=1) is None
            ),
        }
    )
    refund: Refund = Refund.objects.create(
        payment=payment, amount_cents=cents, next_attempt_at=now, created_at=now, updated_at=now
    )
    activity.record("payment.given_back", payment, now=now, reason=reason, details={"amount_cents": cents})
    dispatch.wake_on_commit()
    return refund


def look_again(provider: PaymentProvider, provider_refund_id: str, *, now: datetime) -> bool:
    """Have the worker ask at once what has become of a refund; False if there is no such refund."""
    rows = Refund.objects.filter(payment__provider=provider, provider_refund_id=provider_refund_id)
    found = rows.filter(lease_token=None).exclude(state=State.FAILED).update(next_attempt_at=now)
    return bool(found) or rows.exists()


def send_due(*, now: datetime) -> int:
    """Send the refunds whose time has come, and return how many were handled."""
    handled = 0
    while claimed := _claim(now):
        for refund in claimed:
            _handle(refund, now)
        handled += len(claimed)
    return handled


def _claim(now: datetime) -> list[Refund]:
    token = uuid.uuid4()
    with transaction.atomic():
        due = Refund.objects.filter(next_attempt_at__lte=now)
        rows = due.select_related("payment__provider", "credit_note").order_by("next_attempt_at", "id")
        claimed = list(rows.select_for_update(of=("self",), skip_locked=True)[:CLAIM_SIZE])
        for refund in claimed:
            refund.lease_token, refund.attempts, refund.next_attempt_at = token, refund.attempts + 1, now + LEASE
            if refund.state == State.CREATED:
                refund.state, refund.first_sent_at = State.SENDING, now
        fields = ["lease_token", "attempts", "next_attempt_at", "state", "first_sent_at"]
        Refund.objects.bulk_update(claimed, fields)
    return claimed


def _handle(refund: Refund, now: datetime) -> None:
    pause = timedelta(seconds=15 * 2 ** min(refund.attempts, 12))
    try:
        key, status = _ask(refund, now)
    except Busy as busy:
        wait = timedelta(seconds=busy.seconds) if busy.seconds else pause
        _finish(refund, now, state=refund.state, next_attempt_at=now + wait)
    except Ambiguous as error:
        _finish(
            refund,
            now,
            state=_doubted(refund),
            next_attempt_at=now + min(pause, LONGEST_PAUSE),
            error_message=str(error),
        )
    except Refused as error:
        _finish(refund, now, state=State.FAILED, next_attempt_at=None, error_message=error.message)
    else:
        state = state_of(status)
        look_again_at = now + LOOK_AGAIN if state == State.PROCESSING else None
        _finish(refund, now, state=state, next_attempt_at=look_again_at, provider_refund_id=key)


def _ask(refund: Refund, now: datetime) -> tuple[str, str]:
    payment = refund.payment
    assert payment.provider is not None
    assert refund.first_sent_at is not None
    gateway, facts = providers.gateway(payment.provider), {"refund_id": refund.lago_id.hex}
    if refund.provider_refund_id:
        return refund.provider_refund_id, gateway.look_up_refund(refund.provider_refund_id)
    if now - refund.first_sent_at >= KEY_LASTS:
        found = gateway.find_refund(payment.provider_payment_id, refund.lago_id.hex)
        if found is None:
            raise Refused("never_refunded", "The provider has no such refund.")
        return found
    amount = payment_states.provider_amount(refund.amount_cents, payment.currency, least=1)
    assert amount is not None
    return gateway.refund(refund.idempotency_key, payment.provider_payment_id, amount, facts)


def _doubted(refund: Refund) -> str:
    return refund.state if refund.provider_refund_id else State.UNKNOWN


@transaction.atomic
def _finish(refund: Refund, now: datetime, **changed: object) -> None:
    """Write what has become of a refund, fenced by the lease, and tell the note or the payment that it is of."""
    Customer.objects.lock(refund.payment.customer_id)
    payment = Payment.objects.lock(refund.payment_id)
    rows = Refund.objects.filter(pk=refund.pk, lease_token=refund.lease_token)
    was_given = refund.state == State.SUCCEEDED
    if not rows.update(lease_token=None, updated_at=now, **changed):
        return
    is_given = changed["state"] == State.SUCCEEDED
    if refund.credit_note is not None:
        _tell_note(refund.credit_note, now)
    elif is_given != was_given:
        payment.unapplied_amount_cents -= refund.amount_cents if is_given else -refund.amount_cents
        payment.updated_at = now
        payment.save(update_fields=["unapplied_amount_cents", "updated_at"])


def _tell_note(note: CreditNote, now: datetime) -> None:
    """Say on a note how its refund stands, once no part of it is on its way."""
    states = set(note.refunds.values_list("state", flat=True))
    total = note.refunds.aggregate(cents=Sum("amount_cents"))["cents"]
    status = note.refund_status
    if State.FAILED in states and not states & set(Refund.LIVE):
        status = CreditNote.RefundStatus.FAILED
    elif states == {State.SUCCEEDED} and total == note.refund_amount_cents:
        status = CreditNote.RefundStatus.SUCCEEDED
    if status == note.refund_status:
        return
    changes.set_refund_status(note, status=status, now=now)
    if status == CreditNote.RefundStatus.FAILED:
        activity.record("credit_note.refund_failure", note, now=now)
