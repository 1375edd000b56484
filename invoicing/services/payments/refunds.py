"""
Giving back by the provider what credit notes refund, once each (reliability L18).

| step | rule |
|---|---|
| a note refunds | out of the invoice's payments by providers, the latest first, never more than a payment was |
| what came in by hand | is given back by hand: staff or the API note when it is done |
| sent | as charges are: the state first, one key for ever, no answer is asked for again with the same key |
| no answer for 23 hours | looked for among the payment's refunds, never sent again |
| all given back, or one failed | the note says so |
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from billing_site.core import activity, dispatch
from customers.models import Customer
from invoicing.calculations import payment_states
from invoicing.models import CreditNote, Invoice, Payment, Refund
from invoicing.providers.contract import Ambiguous, Busy, Refused
from invoicing.services.credit_notes import changes
from invoicing.services.payments import providers

LEASE, KEY_LASTS, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=23), timedelta(hours=1)
CLAIM_SIZE = 20
State = Refund.State


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
        if cents > 0 and payment_states.provider_amount(cents, payment.currency) is not None:
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
        due = Refund.objects.filter(next_attempt_at__lte=now, state__in=Refund.LIVE)
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
            refund, now, state=State.UNKNOWN, next_attempt_at=now + min(pause, LONGEST_PAUSE), error_message=str(error)
        )
    except Refused as error:
        _finish(refund, now, state=State.FAILED, next_attempt_at=None, error_message=error.message)
    else:
        has_failed = status in ("failed", "canceled")
        state = State.FAILED if has_failed else State.SUCCEEDED
        _finish(refund, now, state=state, next_attempt_at=None, provider_refund_id=key)


def _ask(refund: Refund, now: datetime) -> tuple[str, str]:
    payment = refund.payment
    assert payment.provider is not None
    assert refund.first_sent_at is not None
    gateway, facts = providers.gateway(payment.provider), {"refund_id": refund.lago_id.hex}
    if now - refund.first_sent_at >= KEY_LASTS:
        found = gateway.find_refund(payment.provider_payment_id, refund.lago_id.hex)
        if found is None:
            raise Refused("never_refunded", "The provider has no such refund.")
        return found
    amount = payment_states.provider_amount(refund.amount_cents, payment.currency)
    assert amount is not None
    return gateway.refund(refund.idempotency_key, payment.provider_payment_id, amount, facts)


@transaction.atomic
def _finish(refund: Refund, now: datetime, **changed: object) -> None:
    """Write what has become of a refund, fenced by the lease, and tell its note once all are done."""
    rows = Refund.objects.filter(pk=refund.pk, lease_token=refund.lease_token)
    if not rows.update(lease_token=None, updated_at=now, **changed):
        return
    states = set(refund.credit_note.refunds.values_list("state", flat=True))
    if states & set(Refund.LIVE):
        return
    note = refund.credit_note
    total = note.refunds.aggregate(cents=Sum("amount_cents"))["cents"]
    if State.FAILED in states:
        changes.set_refund_status(note, status=CreditNote.RefundStatus.FAILED, now=now)
        activity.record("credit_note.refund_failure", note, now=now)
    elif total == note.refund_amount_cents:
        changes.set_refund_status(note, status=CreditNote.RefundStatus.SUCCEEDED, now=now)
