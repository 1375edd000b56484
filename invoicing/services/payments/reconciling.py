"""
The provider's book against ours, each night (reliability L21, I17): webhooks only make it faster.

| in its book | done |
|---|---|
| an event that was never told | stored and handled like one that was |
| a charge or refund that has moved on | ours moves on; what still differs is noted |
| a dispute | kept as it is there |
| a charge or refund of ours that we do not know of | noted: someone made it at the provider's own page |
| one of ours of which its book does not know | noted |

Each night goes back by five weeks, the first one to the beginning. What was noted waits for staff until it is gone or
accepted; what was accepted is noted again once it says something else.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from billing_site.core import activity
from billing_site.core.errors import refuse
from customers.models import PaymentProvider
from customers.services import payment_providers
from invoicing.calculations import payment_states
from invoicing.models import Dispute, Payment, ProviderRecord, Refund
from invoicing.providers.contract import Ambiguous, Booked, Busy, Claim, Outcome, Refused
from invoicing.services.payments import collecting, disputes, inbox, outcomes, providers, refunds

log = logging.getLogger(__name__)

EVERY, BACK, EDGE = timedelta(days=1), timedelta(days=35), timedelta(hours=1)
Kind, Difference = ProviderRecord.Kind, ProviderRecord.Difference
SAID = ("status", "amount_cents", "currency", "payment_id", "refund_id", "dispute_id", "difference")


def compare_due(*, now: datetime) -> int:
    """Compare the books of the providers that were not compared today, and return how many differences wait."""
    for provider in PaymentProvider.objects.live().order_by("pk"):
        latest = provider.book_compared_at
        if latest and now - latest < EVERY:
            continue
        try:
            compare(provider, now=now, since=(latest - BACK) if latest else provider.created_at - EDGE)
        except (Ambiguous, Busy, Refused) as error:
            log.warning("the book of %s could not be read: %s", provider.code, error)
    return waiting().count()


def compare(provider: PaymentProvider, *, now: datetime, since: datetime) -> None:
    """
    Compare all that a provider has booked since a moment with what we have.

    :raises Ambiguous, Busy, Refused: as its gateway does; it is then compared again with the next tick
    """
    gateway = providers.gateway(provider)
    inbox.fetch(provider, gateway, since=max(since, now - inbox.FURTHEST_BACK), now=now)
    inbox.handle_due(now=now)
    for charges in gateway.charges(since):
        _note(provider, _charges(provider, charges, now), now)
    for given in gateway.refunds(since):
        _note(provider, _refunds(provider, given, now), now)
    for claims in gateway.disputes(since):
        _note(provider, [_dispute(provider, claim, now) for claim in claims], now)
    _note(provider, _missing(provider, since, now), now)
    payment_providers.note_compared(provider, now=now)


def waiting() -> "QuerySet[ProviderRecord]":
    """Return the differences that wait for staff."""
    rows: QuerySet[ProviderRecord] = ProviderRecord.objects.exclude(difference="").filter(accepted_at=None)
    return rows


@transaction.atomic
def accept(record: ProviderRecord, *, now: datetime, reason: str) -> ProviderRecord:
    """
    Leave a difference as it is, because of something that only people know.

    :raises Invalid: if it does not say why, or there is no difference any more
    """
    record = ProviderRecord.objects.lock(record.pk)
    refuse(
        {
            ("reason", "value_is_mandatory"): not reason,
            ("difference", "no_difference_any_more"): not record.difference or record.accepted_at is not None,
        }
    )
    record.accepted_at, record.accepted_because, record.updated_at = now, reason[:500], now
    record.save(update_fields=["accepted_at", "accepted_because", "updated_at"])
    activity.record("provider_record.accepted", record, now=now, reason=reason)
    return record


def _charges(provider: PaymentProvider, charges: Sequence[Booked], now: datetime) -> list[ProviderRecord | None]:
    """Let our payments move on to what they are there, and compare after that."""
    rows = Payment.objects.filter(provider=provider)
    for booked, payment in _ours(rows, charges, "provider_payment_id"):
        state = payment_states.OF_INTENT.get(booked.status, payment_states.PROCESSING)
        if payment is None:
            continue
        if state == payment_states.SUCCEEDED and payment_states.follows(payment.state, state):
            outcomes.apply(payment, Outcome(booked.object_id, state), now=now)
        elif payment.state in Payment.LIVE and state != payment.state:
            collecting.look_again(payment.lago_id, now=now, provider_payment_id=booked.object_id)
    found = _ours(rows, charges, "provider_payment_id")
    return [_charge(provider, booked, payment) for booked, payment in found]


def _charge(provider: PaymentProvider, booked: Booked, payment: Payment | None) -> ProviderRecord | None:
    has_succeeded = booked.status == payment_states.SUCCEEDED
    if payment is None and not (booked.own_id and has_succeeded):
        return None  # not ours, or nothing came of it
    record = _record(provider, Kind.CHARGE, booked.object_id, booked.status, booked.amount, booked.currency)
    record.payment = payment
    if payment is None:
        record.difference = Difference.UNKNOWN
    elif (record.amount_cents, record.currency) != (payment.amount_cents, payment.currency):
        record.difference = Difference.AMOUNT
    elif has_succeeded != (payment.state == Payment.State.SUCCEEDED):
        record.difference = Difference.STATE
    return record


def _refunds(provider: PaymentProvider, given: Sequence[Booked], now: datetime) -> list[ProviderRecord | None]:
    """Have the worker look after those that have moved on, and compare after that."""
    rows = Refund.objects.filter(payment__provider=provider).select_related("payment")
    for booked, refund in _ours(rows, given, "provider_refund_id"):
        if refund is not None and refund.state != refunds.state_of(booked.status):
            refunds.look_again(provider, booked.object_id, now=now)
    refunds.send_due(now=now)
    charged = {booked.payment_object_id for booked in given}
    payments = Payment.objects.filter(provider=provider, provider_payment_id__in=charged)
    by_charge = {payment.provider_payment_id: payment for payment in payments}
    found = _ours(rows, given, "provider_refund_id")
    return [_refund(provider, booked, refund, by_charge) for booked, refund in found]


def _refund(
    provider: PaymentProvider, booked: Booked, refund: Refund | None, by_charge: Mapping[str, Payment]
) -> ProviderRecord | None:
    record = _record(provider, Kind.REFUND, booked.object_id, booked.status, booked.amount, booked.currency)
    record.refund = refund
    record.payment = refund.payment if refund else by_charge.get(booked.payment_object_id)
    if record.payment is None:
        return None
    is_given = refunds.state_of(booked.status) != Refund.State.FAILED
    if refund is None:
        record.difference = Difference.UNKNOWN if is_given else Difference.NONE
    elif record.amount_cents != refund.amount_cents:
        record.difference = Difference.AMOUNT
    elif is_given == (refund.state == Refund.State.FAILED):
        record.difference = Difference.STATE
    return record


def _dispute(provider: PaymentProvider, claim: Claim, now: datetime) -> ProviderRecord | None:
    dispute = disputes.follow(provider, claim, now=now)
    if dispute is None:
        return None
    key = claim.provider_dispute_id
    record = _record(provider, Kind.DISPUTE, key, claim.status, claim.amount, claim.currency)
    record.dispute, record.payment = dispute, dispute.payment
    if dispute.amount_cents != record.amount_cents:
        record.difference = Difference.AMOUNT
    return record


def _ours(rows: "QuerySet[Any]", page: Sequence[Booked], name: str) -> list[tuple[Booked, Any]]:
    """Return each entry of a page with the row of ours that it is, by our id or the provider's; None if it is none."""
    keys = {booked.object_id for booked in page}
    own_ids = {own for booked in page if (own := _uuid(booked.own_id)) is not None}
    found = list(rows.filter(Q(lago_id__in=own_ids) | Q(**{f"{name}__in": keys})))
    by_own_id, by_key = {row.lago_id: row for row in found}, {getattr(row, name): row for row in found}
    return [(booked, by_own_id.get(_uuid(booked.own_id)) or by_key.get(booked.object_id)) for booked in page]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _record(
    provider: PaymentProvider, kind: str, object_id: str, status: str, amount: int, currency: str
) -> ProviderRecord:
    return ProviderRecord(
        provider=provider,
        kind=kind,
        object_id=object_id,
        status=status[:50],
        amount_cents=payment_states.cents_of(amount, currency),
        currency=currency,
        difference=Difference.NONE,
    )


def _missing(provider: PaymentProvider, since: datetime, now: datetime) -> list[ProviderRecord | None]:
    """Return what we say happened in this time and has not been seen in the provider's book just now."""
    seen = ProviderRecord.objects.filter(provider=provider, compared_at=now)
    time = Q(created_at__gte=since + EDGE, created_at__lt=now - EDGE)
    paid = Payment.objects.filter(time, provider=provider, state=Payment.State.SUCCEEDED)
    given = Refund.objects.filter(time, payment__provider=provider, state=Refund.State.SUCCEEDED)
    asked = Dispute.objects.filter(time, provider=provider, opened_at__gte=since + EDGE)
    found: list[ProviderRecord | None] = []
    for payment in paid.exclude(pk__in=seen.filter(kind=Kind.CHARGE, payment__isnull=False).values("payment_id")):
        found.append(_lost(provider, Kind.CHARGE, payment.provider_payment_id, payment=payment))
    for refund in given.exclude(pk__in=seen.filter(refund__isnull=False).values("refund_id")):
        found.append(_lost(provider, Kind.REFUND, refund.provider_refund_id, payment=refund.payment, refund=refund))
    for dispute in asked.exclude(pk__in=seen.filter(dispute__isnull=False).values("dispute_id")):
        key = dispute.provider_dispute_id
        found.append(_lost(provider, Kind.DISPUTE, key, payment=dispute.payment, dispute=dispute))
    return found


def _lost(provider: PaymentProvider, kind: str, object_id: str, **ours: Any) -> ProviderRecord:
    return ProviderRecord(provider=provider, kind=kind, object_id=object_id, difference=Difference.MISSING, **ours)


@transaction.atomic
def _note(provider: PaymentProvider, found: Iterable[ProviderRecord | None], now: datetime) -> None:
    """Keep what the provider's book says; tell of what differs now and did not, or differs in another way."""
    records = [record for record in found if record is not None]
    rows = ProviderRecord.objects.filter(provider=provider, object_id__in=[record.object_id for record in records])
    known = {(row.kind, row.object_id): row for row in rows.select_for_update(of=("self",))}
    news = []
    for record in records:
        present = known.get((record.kind, record.object_id))
        record.compared_at = record.updated_at = now
        record.created_at = present.created_at if present else now
        if present:
            record.pk, record.lago_id = present.pk, present.lago_id
        if present and _said(present) == _said(record):
            record.accepted_at, record.accepted_because = present.accepted_at, present.accepted_because
        elif record.difference:
            news.append(record)
    ProviderRecord.objects.bulk_create([record for record in records if record.pk is None])
    kept = [record for record in records if (record.kind, record.object_id) in known]
    if kept:
        ProviderRecord.objects.bulk_update(kept, [*SAID, "compared_at", "accepted_at", "accepted_because"])
    for record in news:
        activity.record("payment_provider.difference_found", record, now=now)


def _said(record: ProviderRecord) -> list[object]:
    return [getattr(record, name) for name in SAID]
