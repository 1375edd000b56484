"""
How many requests a key may make in a minute, and how often somebody without one may come.

Of keys, each process counts for itself and adds to the table, and reads what all have counted, every second at most: a
limit is kept within what the processes take in a second, and a request costs no query but for that one.
"""

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from billing_site.core.models import ApiKey, RequestCount, VisitCount

SECONDS_BETWEEN_LOOKS = 1.0
WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a key stands in the running minute: its limit, what is left of it, and the seconds until the next."""

    limit: int
    remaining: int
    reset: int
    is_over: bool


@dataclass(slots=True)
class _Tally:
    """What this process knows of a key's minute: the others' and its own requests, and those not yet told."""

    window: datetime
    known: int = 0
    untold: int = 0
    looked_at: float = float("-inf")


_tallies: dict[int, _Tally] = {}
_guard = threading.Lock()


def take(key: ApiKey, *, now: datetime) -> Standing | None:
    """Count a request of a key, and return where the key stands; None where it has no limit."""
    limit = settings.API_REQUESTS_PER_MINUTE if key.requests_per_minute is None else key.requests_per_minute
    if not limit:
        return None
    window = now.replace(second=0, microsecond=0)
    with _guard:
        tally = _tallies.get(key.pk)
        if tally is None or tally.window != window:
            tally = _tallies[key.pk] = _Tally(window)
        tally.untold += 1
        moment = time.monotonic()
        # Not inside a transaction: it might be undone, and would hold up the other processes until it ends.
        is_time = moment - tally.looked_at >= SECONDS_BETWEEN_LOOKS and not connection.in_atomic_block
        told = tally.untold if is_time else 0
        if told:
            tally.looked_at, tally.untold, tally.known = moment, 0, tally.known + told
    if told:
        total = _tell(key, window, told)
        with _guard:
            tally.known = max(tally.known, total)
    used = tally.known + tally.untold
    reset = max(1, round((window + WINDOW - now).total_seconds()))
    return Standing(limit, max(0, limit - used), reset, used > limit)


def is_over(name: str, *, limit: int, now: datetime) -> bool:
    """Count a visit of somebody without a key, and test if there have been more than `limit` in this minute."""
    if not limit:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO core_visitcount AS c (name, "window", visits) VALUES (%s, %s, 1)'
            ' ON CONFLICT (name, "window") DO UPDATE SET visits = c.visits + 1 RETURNING visits',
            [name[:100], now.replace(second=0, microsecond=0)],
        )
        return bool(cursor.fetchone()[0] > limit)


def forget() -> None:
    """Empty what this process knows (the database is another one)."""
    _tallies.clear()


def prune(*, now: datetime) -> int:
    """Delete the counts of past minutes, and return how many."""
    old = {"window__lt": now - 2 * WINDOW}
    return int(RequestCount.objects.filter(**old).delete()[0]) + int(VisitCount.objects.filter(**old).delete()[0])


def _tell(key: ApiKey, window: datetime, requests: int) -> int:
    """Add to what all processes have counted, and return the sum."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO core_requestcount AS c (api_key_id, "window", requests) VALUES (%s, %s, %s)'
            ' ON CONFLICT (api_key_id, "window") DO UPDATE SET requests = c.requests + excluded.requests'
            " RETURNING requests",
            [key.pk, window, requests],
        )
        return int(cursor.fetchone()[0])
