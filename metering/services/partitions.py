"""Months of events: a partition is made when the first event of its month comes, or the month before."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.utils import DatabaseError

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000  # microseconds
_known: set[tuple[int, int]] = set()


def ensure_month(moment: datetime) -> None:
    """
    Have a partition for the month of this moment (UTC).

    Safe in parallel (an advisory lock of the transaction). Where events of that month lie in the default partition
    already, PostgreSQL refuses and they stay there: slower to read, never wrong.
    """
    moment = moment.astimezone(UTC)
    month = (moment.year, moment.month)
    if month in _known:
        return
    _make(*month)
    if not connection.in_atomic_block:  # what is rolled back must not be remembered
        _known.add(month)


def ensure_months(moments: Iterable[int]) -> None:
    """Have partitions for these moments, in microseconds since 2000."""
    for day in {moment // _DAY for moment in moments}:
        ensure_month(_EPOCH + timedelta(day))


def forget() -> None:
    """Empty the memory of this process (the database is another one)."""
    _known.clear()


def _make(year: int, month: int) -> None:
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    statement = (
        f"CREATE TABLE IF NOT EXISTS metering_event_{year:04d}_{month:02d} PARTITION OF metering_event"
        f" FOR VALUES FROM ('{year:04d}-{month:02d}-01Z') TO ('{following[0]:04d}-{following[1]:02d}-01Z')"
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [f"metering_event_{year:04d}_{month:02d}"])
            if cursor.fetchone()[0] is None:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('metering_event partitions'))")
                cursor.execute(statement)
    except DatabaseError as error:
        if "default partition" not in str(error) and "updated partition constraint" not in str(error):
            raise
