"""
Where billing periods begin and end.

Both ways of billing are one: a calendar period is the anniversary of 1 January 2001, which was also a Monday. The
boundary number n is always counted from the anchor and never from the boundary before it, so that a month too short
for the anchor day does not shift the months after it (Lago rules M38 to M44).
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from billing_site.core.periods import MOMENT, Period, add_months, local_date, local_midnight

WEEKLY = "weekly"
MONTHS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "yearly": 12}
INTERVALS = (WEEKLY, *MONTHS)
CALENDAR, ANNIVERSARY = "calendar", "anniversary"
BILLING_TIMES = (CALENDAR, ANNIVERSARY)

_CALENDAR_ANCHOR = date(2001, 1, 1)


def period_containing(
    moment: datetime, *, interval: str, billing_time: str, anchor: date, zone: ZoneInfo | str
) -> Period:
    """
    Return the full period that a moment lies in, from local midnight to local midnight.

    `anchor` is the local day on which the subscription starts; calendar billing does not look at it. A yearly or
    half-yearly plan whose charges are billed monthly asks with the same anchor for "monthly": its months tile its
    years (M46).

    :raises ValueError: if there is no such interval or billing time
    """
    origin = _origin(interval, billing_time, anchor)
    # Kept for moments in UTC only: others that are equal may still be an hour apart.
    return (_kept if moment.tzinfo is UTC else _containing)(moment, interval, origin, zone)


def _containing(moment: datetime, interval: str, origin: date, zone: ZoneInfo | str) -> Period:
    number = _number_about(local_date(moment, zone), interval, origin)
    # The number is right up to the clamped end of a month, and to a midnight that comes twice.
    while moment < _bound(number, interval, origin, zone):
        number -= 1
    while moment >= _bound(number + 1, interval, origin, zone):
        number += 1
    return Period(_bound(number, interval, origin, zone), _bound(number + 1, interval, origin, zone))


_kept = lru_cache(maxsize=65_536)(_containing)  # many subscriptions ask for the period of the same boundary


def next_period(period: Period, *, interval: str, billing_time: str, anchor: date, zone: ZoneInfo | str) -> Period:
    """Return the period that begins where a full period ends. Arguments as of `period_containing`."""
    return period_containing(period.end, interval=interval, billing_time=billing_time, anchor=anchor, zone=zone)


def previous_period(period: Period, *, interval: str, billing_time: str, anchor: date, zone: ZoneInfo | str) -> Period:
    """Return the period that ends where a full period begins. Arguments as of `period_containing`."""
    return period_containing(
        period.start - MOMENT, interval=interval, billing_time=billing_time, anchor=anchor, zone=zone
    )


def clamp(period: Period, *, started_at: datetime | None = None, ended_at: datetime | None = None) -> Period | None:
    """
    Return the part of a period in which a subscription lives, or None if there is none (Lago rule M40).

    For the plan's own fee `started_at` is the midnight before the start, for usage the very instant: the caller says
    which.
    """
    start = period.start if started_at is None else max(period.start, started_at)
    end = period.end if ended_at is None else min(period.end, ended_at)
    return Period(start, end) if start < end else None


def _origin(interval: str, billing_time: str, anchor: date) -> date:
    if interval not in INTERVALS:
        raise ValueError(f"{interval!r} is no billing interval.")
    if billing_time not in BILLING_TIMES:
        raise ValueError(f"{billing_time!r} is no billing time.")
    return _CALENDAR_ANCHOR if billing_time == CALENDAR else anchor


def _number_about(day: date, interval: str, origin: date) -> int:
    if interval == WEEKLY:
        return (day - origin).days // 7
    return ((day.year - origin.year) * 12 + day.month - origin.month) // MONTHS[interval]


@lru_cache(maxsize=65_536)  # a run asks for the same few bounds again and again
def _bound(number: int, interval: str, origin: date, zone: ZoneInfo | str) -> datetime:
    if interval == WEEKLY:
        return local_midnight(origin + timedelta(weeks=number), zone)
    return local_midnight(add_months(origin, number * MONTHS[interval], anchor_day=origin.day), zone)
