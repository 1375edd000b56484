"""
What providers tell: stored once, answered at once, handled by asking the provider (reliability L19 to L21).

| told of | done |
|---|---|
| a payment intent, a hosted page | the payment is looked up at the provider: order, repeats and losses do not matter |
| a refund | it is looked up by the worker |
| a dispute | it is looked up and kept |
| a stored or lost payment method | the customer's methods are read anew |
| anything else | stored and left |
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from billing_site.core import activity
from customers.models import Customer, PaymentProvider
from invoicing.calculations import signatures
from invoicing.models import InboundEvent
from invoicing.providers.contract import Ambiguous, Busy, Gateway, Refused
from invoicing.services.payments import collecting, disputes, methods, providers, refunds

log = logging.getLogger(__name__)

MAX_ATTEMPTS, MOST_AT_ONCE = 10, 500
EVERY, OVERLAP, FURTHEST_BACK = timedelta(minutes=15), timedelta(hours=1), timedelta(days=29)
PAYMENTS = ("payment_intent.", "checkout.session.")
REFUNDS = ("refund.", "charge.refund.")
DISPUTES = "charge.dispute."
METHODS = ("payment_method.", "setup_intent.succeeded", "customer.updated")
State = InboundEvent.State


def receive(provider: PaymentProvider, body: bytes, header: str, event: Mapping[str, Any], *, now: datetime) -> bool:
    """Store an event whose signature is genuine; False if it is not."""
    if not signatures.is_genuine(body, header, provider.webhook_secrets, int(now.timestamp())):
        return False
    store(provider, event, now=now)
    return True


@transaction.atomic
def store(provider: PaymentProvider, event: Mapping[str, Any], *, now: datetime) -> None:
    """Keep an event, once; whether it concerns us is seen at once."""
    kind = str(event.get("type", ""))[:255]
    waits = kind.startswith((*PAYMENTS, *REFUNDS, DISPUTES, *METHODS))
    row, is_new = InboundEvent.objects.get_or_create(
        provider=provider,
        event_id=str(event["id"])[:255],
        defaults={
            "event_type": kind,
            "body": event,
            "state": State.PENDING if waits else State.IGNORED,
            "next_attempt_at": now if waits else None,
            "created_at": now,
            "updated_at": now,
        },
    )
    if is_new and waits:
        activity.record("payment_provider.told", row, now=now)


def handle_due(*, now: datetime) -> int:
    """Handle the events that wait, oldest first, and return how many; each may be handled twice without harm."""
    due = InboundEvent.objects.filter(state=State.PENDING, next_attempt_at__lte=now).select_related("provider")
    events = list(due.order_by("next_attempt_at", "id")[:MOST_AT_ONCE])
    for event in events:
        _handle(event, now)
    return len(events)


def fetch_missed(*, now: datetime) -> int:
    """Ask providers now and then what has happened, and store it: webhooks only make it faster."""
    count = 0
    for provider in PaymentProvider.objects.live().order_by("pk"):
        if provider.events_fetched_at and now - provider.events_fetched_at < EVERY:
            continue
        since = max((provider.events_fetched_at or now) - OVERLAP, now - FURTHEST_BACK)
        try:
            count += fetch(provider, providers.gateway(provider), since=since, now=now)
        except (Ambiguous, Busy, Refused) as error:
            log.warning("events of %s could not be fetched: %s", provider.code, error)
            continue
        PaymentProvider.objects.filter(pk=provider.pk).update(events_fetched_at=now)
    return count


def fetch(provider: PaymentProvider, gateway: Gateway, *, since: datetime, now: datetime) -> int:
    """
    Store what a provider says has happened since and was never told, and return how much that was.

    :raises Ambiguous, Busy, Refused: as the gateway does
    """
    count = 0
    for events in gateway.events(since):
        ids = [str(event["id"]) for event in events]
        known = set(InboundEvent.objects.filter(provider=provider, event_id__in=ids).values_list("event_id", flat=True))
        for event in events:
            if event["id"] not in known:
                store(provider, event, now=now)
                count += 1
    return count


def _handle(event: InboundEvent, now: datetime) -> None:
    try:
        state = _concern(event, now)
        outcome: dict[str, Any] = {"state": state, "next_attempt_at": None, "last_error": ""}
    except (Ambiguous, Busy, Refused) as error:
        attempts = event.attempts + 1
        outcome = {
            "state": State.PARKED if attempts >= MAX_ATTEMPTS else State.PENDING,
            "attempts": attempts,
            "next_attempt_at": now + timedelta(seconds=min(15 * 2**attempts, 3600)),
            "last_error": str(error)[:2000],
        }
    except Exception as error:  # noqa: BLE001 - one message that cannot be read must not stop the others
        log.exception("%s cannot be handled", event)
        outcome = {"state": State.PARKED, "next_attempt_at": None, "last_error": f"{type(error).__name__}: {error}"}
    InboundEvent.objects.filter(pk=event.pk).update(updated_at=now, **outcome)


def _concern(event: InboundEvent, now: datetime) -> str:
    told = event.body.get("data", {}).get("object", {})
    if event.event_type.startswith(PAYMENTS):
        return _look_after_payment(told, now)
    if event.event_type.startswith(REFUNDS):
        is_ours = refunds.look_again(event.provider, str(told.get("id")), now=now)
        return State.HANDLED if is_ours else State.IGNORED
    if event.event_type.startswith(DISPUTES):
        claim = providers.gateway(event.provider).dispute(str(told.get("id")))
        return State.HANDLED if disputes.follow(event.provider, claim, now=now) else State.IGNORED
    customer = Customer.objects.live().filter(provider_customer_id=str(told.get("customer") or told.get("id"))).first()
    if customer is None or providers.provider_of(customer) != event.provider:
        return State.IGNORED
    methods.read(customer, now=now)
    return State.HANDLED


def _look_after_payment(told: Mapping[str, Any], now: datetime) -> str:
    try:
        payment_id = UUID(str((told.get("metadata") or {}).get("payment_id", "")))
    except ValueError:
        return State.IGNORED
    intent = told.get("id") if told.get("object") == "payment_intent" else told.get("payment_intent")
    is_ours = collecting.look_again(payment_id, now=now, provider_payment_id=str(intent or ""))
    return State.HANDLED if is_ours else State.IGNORED
