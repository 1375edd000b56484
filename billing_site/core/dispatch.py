"""
After commit: the reactions of each activity, at least once.

The row is the truth; django-q2 only wakes a worker (house decision 5). A worker claims rows with
SKIP LOCKED and a lease, runs the reactions outside any transaction, and marks the row if the lease is still its own. A
reaction is safe to run twice. What fails is retried with growing pauses, then parked and shown to staff.

A reaction is to one activity and always wanted. A listener hears many at once, and only of the types that somebody
waits for just now: while nobody does, an activity that has no reaction is done as it is written.
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from billing_site.core.models import Activity

log = logging.getLogger(__name__)

Reaction = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of many activities at once: `wanted` says of which types just now, `hear` is safe to run twice."""

    wanted: Callable[[], frozenset[str]]
    hear: Callable[..., None]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What listeners wait for, kept with a transaction: among what it does on commit, which for this is nothing."""

    types: frozenset[str]

    def __call__(self) -> None:
        pass


LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 8
CLAIM_SIZE = 50


@cache
def reactions() -> Mapping[str, Sequence[Reaction]]:
    """Return the table of reactions that settings.REACTIONS names, as Django finds ROOT_URLCONF."""
    table: Mapping[str, Sequence[Reaction]] = import_string(settings.REACTIONS)
    return table


@cache
def listeners() -> Sequence[Listener]:
    """Return the listeners that settings.LISTENERS names."""
    found: Sequence[Listener] = import_string(settings.LISTENERS)
    return found


def has_reactions(type: str) -> bool:
    """Test if something must happen after an activity of this type."""
    return bool(reactions().get(type)) or type in _wanted()


def _wanted() -> frozenset[str]:
    """Return what listeners wait for, asked once in a transaction: a billing run writes activities by the thousand."""
    kept = next((func for _, func, *_ in connection.run_on_commit if isinstance(func, _Wanted)), None)
    if kept is None:
        kept = _Wanted(frozenset().union(*(listener.wanted() for listener in listeners())))
        transaction.on_commit(kept)
    return kept.types


def forget_wanted() -> None:
    """Have the rest of this transaction ask listeners again (what they wait for has just been changed in it)."""
    connection.run_on_commit = [entry for entry in connection.run_on_commit if not isinstance(entry[1], _Wanted)]


def wake_on_commit() -> None:
    """Have a worker look at the waiting rows once the transaction commits; once a transaction is enough."""
    waiting = [func for _, func, *_ in connection.run_on_commit if func is _wake]
    if not waiting:
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    async_task("billing_site.core.tasks.pump")


def run_pending(*, now: datetime, limit: int = 10_000) -> int:
    """Run the reactions of waiting activities, oldest first, and return how many were handled."""
    handled = 0
    while handled < limit:
        claimed = _claim(now)
        if not claimed:
            break
        troubles = _tell(claimed, now)
        for activity in claimed:
            _handle(activity, troubles.get(activity.pk, []), now)
        handled += len(claimed)
    return handled


def _claim(now: datetime) -> list[Activity]:
    """Lease some due rows: a row whose holder died is due again when its lease has run out."""
    token = uuid.uuid4()
    with transaction.atomic():
        due = (
            Activity.objects.filter(state=Activity.State.PENDING, next_attempt_at__lte=now)
            .order_by("next_attempt_at", "id")
            .select_for_update(skip_locked=True)[:CLAIM_SIZE]
        )
        claimed = list(due)
        for activity in claimed:
            activity.lease_token, activity.attempts = token, activity.attempts + 1
            activity.next_attempt_at = now + LEASE
        Activity.objects.bulk_update(claimed, ["lease_token", "attempts", "next_attempt_at"])
    return claimed


def _tell(claimed: Sequence[Activity], now: datetime) -> dict[int, list[str]]:
    """Tell the listeners, and return by key of the activity what went wrong; one by one where all at once failed."""
    troubles: dict[int, list[str]] = {}
    for listener in listeners():
        types = listener.wanted()
        wanted = [activity for activity in claimed if activity.type in types]
        if wanted and _run(listener.hear, wanted, now):
            for activity in wanted:
                if error := _run(listener.hear, [activity], now):
                    troubles.setdefault(activity.pk, []).append(error)
    return troubles


def _handle(activity: Activity, troubles: Sequence[str], now: datetime) -> None:
    found = (_run(reaction, activity, now) for reaction in reactions().get(activity.type, ()))
    errors = [*troubles, *filter(None, found)]
    outcome: dict[str, Any] = {"state": Activity.State.DONE, "last_error": "", "lease_token": None}
    if errors:
        pause = timedelta(seconds=min(30 * 2**activity.attempts, 6 * 3600))
        parked = activity.attempts >= MAX_ATTEMPTS
        outcome |= {
            "state": Activity.State.PARKED if parked else Activity.State.PENDING,
            "last_error": "\n".join(errors)[:4000],
            "next_attempt_at": now + pause,
        }
    # Fenced: whoever lost the lease meanwhile writes nothing.
    Activity.objects.filter(pk=activity.pk, lease_token=activity.lease_token).update(**outcome)


def _run(reaction: Reaction, subject: Activity | Sequence[Activity], now: datetime) -> str | None:
    try:
        reaction(subject, now=now)
    except Exception as error:  # noqa: BLE001 - one bad reaction must not stop the others; it is logged, retried, parked
        log.exception("reaction %s to %s failed", reaction.__name__, subject)
        return f"{reaction.__name__}: {type(error).__name__}: {error}"
    return None


def retry(activity: Activity, *, now: datetime) -> None:
    """Have a parked or waiting activity tried again at once."""
    Activity.objects.filter(pk=activity.pk).exclude(state=Activity.State.DONE).update(
        state=Activity.State.PENDING, attempts=0, next_attempt_at=now, lease_token=None
    )
    wake_on_commit()
