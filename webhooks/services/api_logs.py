"""
The log of writing requests, and the counts of event intake.

A request is logged after its answer, in a statement of its own: what fails here fails no request. Intake is counted in
the process and added to the table every few seconds, so that an event pays next to nothing for it; what a process had
counted since is lost if it is killed.
"""

import threading
import time
from collections import Counter
from datetime import datetime, timedelta

from django.db import connection

from webhooks.models import ApiLog

KEPT_FOR = timedelta(days=90)
PRUNED_AT_ONCE = 5_000
SECONDS_BETWEEN_WRITES = 5.0
_counts: Counter[tuple[datetime, str, int]] = Counter()
_guard = threading.Lock()
_written_at = time.monotonic()


def write(entry: ApiLog) -> None:
    """Keep a request."""
    entry.save(force_insert=True)


def count(path: str, status: int, *, now: datetime) -> None:
    """Count a request of intake; now and then the counts of this process are written."""
    global _written_at  # noqa: PLW0603 - one for the process, under the guard
    with _guard:
        _counts[now.replace(minute=0, second=0, microsecond=0), path, status] += 1
        if time.monotonic() - _written_at < SECONDS_BETWEEN_WRITES:
            return
        _written_at = time.monotonic()
    write_counts()


def write_counts() -> None:
    """Add what this process has counted to the table."""
    with _guard:
        taken = sorted((*key, number) for key, number in _counts.items())
        _counts.clear()
    if taken:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO webhooks_intakecount AS c (hour, path, http_status, requests)"
                " SELECT * FROM unnest(%s::timestamptz[], %s::text[], %s::int[], %s::bigint[])"
                " ON CONFLICT (hour, path, http_status) DO UPDATE SET requests = c.requests + excluded.requests",
                [list(column) for column in zip(*taken, strict=True)],
            )


def prune(*, now: datetime) -> int:
    """Delete logs of requests that are older than 90 days, and return how many."""
    old = ApiLog.objects.filter(logged_at__lt=now - KEPT_FOR).order_by("pk").values_list("pk", flat=True)
    pruned = 0
    while keys := list(old[:PRUNED_AT_ONCE]):
        ApiLog.objects.filter(pk__in=keys).delete()
        pruned += len(keys)
    return pruned
