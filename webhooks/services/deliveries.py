"""
Sending: at least once, the same bytes under the same id, for three days.

A worker leases what is due, some of each endpoint, and calls outside any transaction, from threads that touch no
database. Whoever lost the lease meanwhile writes nothing. An endpoint that fails takes no time from the others: each
has its own few places, and after some failures it is left alone for growing pauses.
"""

import time
import uuid
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from billing_site.core import activity
from billing_site.core.rehearsal import is_rehearsal
from webhooks.calculations import retries
from webhooks.models import Attempt, Delivery, Webhook, WebhookEndpoint
from webhooks.providers import http
from webhooks.services import signing
from webhooks.services.announcing import wake_on_commit

LEASE = timedelta(minutes=5)
AT_ONCE = 4  # calls to one endpoint at a time
GONE = 410
KEPT_FOR = timedelta(days=90)
PRUNED_AT_ONCE = 5_000


def deliver_due(*, now: datetime, seconds: int = 60) -> int:
    """Send what is due, beginning no call after so many seconds, and return how many calls were made."""
    assert not connection.in_atomic_block, "nobody is called inside a transaction (reliability L24)"
    assert not is_rehearsal(), "a rehearsal calls nobody"
    made, until = 0, time.monotonic() + seconds
    calls: dict[Future[http.Answer], Delivery] = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE * 10) as pool:
        while True:
            for delivery in _claim(calls.values(), now) if time.monotonic() < until else ():
                calls[pool.submit(http.post, *_request(delivery, now))] = delivery
                made += 1
            if not calls:
                return made
            for call in wait(calls, return_when=FIRST_COMPLETED).done:
                _note(calls.pop(call), call.result(), now)


def is_due(*, now: datetime) -> bool:
    """Test if something waits that can be sent now."""
    due = Delivery.objects.filter(state=Delivery.State.PENDING, next_attempt_at__lte=now)
    return bool(due.filter(endpoint__in=_ready(now)).exists())


def resend(delivery: Delivery, *, now: datetime) -> None:
    """Have a webhook sent to its endpoint again: the same bytes under the same id, tried for three days anew."""
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.PENDING, attempts=0, asked_at=now, next_attempt_at=now, lease_token=None, updated_at=now
    )
    wake_on_commit()


def prune(*, now: datetime) -> int:
    """Delete webhooks that are older than 90 days, and return how many."""
    old = Webhook.objects.filter(created_at__lt=now - KEPT_FOR).order_by("pk").values_list("pk", flat=True)
    pruned = 0
    while keys := list(old[:PRUNED_AT_ONCE]):
        Webhook.objects.filter(pk__in=keys).delete()
        pruned += len(keys)
    return pruned


def _claim(busy: Collection[Delivery], now: datetime) -> list[Delivery]:
    """Lease what is due for endpoints that have places left."""
    taken = [delivery.endpoint_id for delivery in busy]
    claimed: list[Delivery] = []
    for endpoint in _ready(now).order_by("pk"):
        # One that fails is tried with a single call until one is taken again.
        places = 1 if endpoint.failures else AT_ONCE
        if (free := places - taken.count(endpoint.pk)) > 0:
            claimed += _lease(endpoint, free, now)
    return claimed


def _ready(now: datetime) -> "QuerySet[Any]":
    """Return the endpoints that may be called: neither parked nor left alone for a while."""
    open_ = Q(quiet_until=None) | Q(quiet_until__lte=now)
    found: QuerySet[Any] = WebhookEndpoint.objects.live().filter(open_, state=WebhookEndpoint.State.ACTIVE)
    return found


def _lease(endpoint: WebhookEndpoint, count: int, now: datetime) -> list[Delivery]:
    token = uuid.uuid4()
    with transaction.atomic():
        due = endpoint.deliveries.filter(state=Delivery.State.PENDING, next_attempt_at__lte=now)
        claimed = list(due.order_by("next_attempt_at", "id").select_for_update(skip_locked=True, of=("self",))[:count])
        for delivery in claimed:
            delivery.lease_token, delivery.attempts, delivery.next_attempt_at = (
                token,
                delivery.attempts + 1,
                now + LEASE,
            )
        Delivery.objects.bulk_update(claimed, ["lease_token", "attempts", "next_attempt_at"])
    webhooks = Webhook.objects.in_bulk([delivery.webhook_id for delivery in claimed])
    for delivery in claimed:
        delivery.endpoint, delivery.webhook = endpoint, webhooks[delivery.webhook_id]
    return claimed


def _request(delivery: Delivery, now: datetime) -> tuple[str, dict[str, str], bytes]:
    webhook, endpoint = delivery.webhook, delivery.endpoint
    return endpoint.webhook_url, signing.headers(webhook, endpoint, now=now), webhook.payload.encode()


@transaction.atomic
def _note(delivery: Delivery, answer: http.Answer, now: datetime) -> None:
    """Write what came of a call; to the delivery only while the lease is still ours."""
    error = "" if answer.is_taken else answer.error or f"answered {answer.status}"
    Attempt.objects.create(
        delivery=delivery, at=now, status=answer.status, milliseconds=answer.milliseconds,
        error=error[:300], response=answer.body,
    )  # fmt: skip
    outcome = _delivered(now) if answer.is_taken else _failed(delivery, answer, error, now)
    mine = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
    mine.update(lease_token=None, updated_at=now, **outcome)
    _judge(delivery.endpoint, answer, error, now)


def _delivered(now: datetime) -> dict[str, object]:
    return {"state": Delivery.State.DELIVERED, "delivered_at": now, "last_error": ""}


def _failed(delivery: Delivery, answer: http.Answer, error: str, now: datetime) -> dict[str, object]:
    if now - delivery.asked_at >= retries.GIVE_UP_AFTER:
        return {"state": Delivery.State.PARKED, "last_error": error}
    pause = max(retries.pause(delivery.attempts, delivery.pk), timedelta(seconds=answer.retry_after or 0))
    # The last attempt is at the end of the three days, and not some pause after it.
    return {"next_attempt_at": min(now + pause, delivery.asked_at + retries.GIVE_UP_AFTER), "last_error": error}


def _judge(endpoint: WebhookEndpoint, answer: http.Answer, error: str, now: datetime) -> None:
    """Count an endpoint's failures in a row; leave it alone for a while, or park it, if there are too many."""
    endpoint = WebhookEndpoint.objects.lock(endpoint.pk)
    if answer.is_taken:
        if endpoint.failures:
            endpoint.failures, endpoint.failing_since, endpoint.quiet_until, endpoint.last_error = 0, None, None, ""
            endpoint.save(update_fields=["failures", "failing_since", "quiet_until", "last_error"])
        return
    endpoint.failures, endpoint.last_error = endpoint.failures + 1, error
    endpoint.failing_since = endpoint.failing_since or now
    quiet = retries.quiet(endpoint.failures)
    endpoint.quiet_until = now + quiet if quiet else None
    given_up = answer.status == GONE or now - endpoint.failing_since >= retries.GIVE_UP_AFTER
    if given_up and endpoint.state == WebhookEndpoint.State.ACTIVE:
        endpoint.state = WebhookEndpoint.State.PARKED
        activity.record("webhook_endpoint.parked", endpoint, now=now, reason=error)
    endpoint.save(update_fields=["failures", "failing_since", "quiet_until", "last_error", "state"])
