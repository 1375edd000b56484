"""
Time: half-open periods in UTC, and the calendar days of a customer's time zone.

Every period is `[start, end)`; an inclusive end is made only where an answer is written. Days, months and midnights are
those of the zone, so that a day of 23 or 25 hours is one day.
"""

import zoneinfo
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

import msgspec

# Bounds of periods are stored and compared for years: they come from the package `tzdata`, whose version the lock file
# pins, and not from the operating system's copy, which changes with the machine.
zoneinfo.reset_tzpath(())
ZoneInfo.clear_cache()

MOMENT = timedelta(
    microseconds=1
)  # the finest step of a datetime: what lies between a half-open end and an inclusive one


class Period(msgspec.Struct, frozen=True):
    """
    A stretch of time from `start` up to but without `end`, both in UTC. It may be empty, never backwards.

    :raises ValueError: if a bound is not in UTC, or the end lies before the start
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not (_is_utc(self.start) and _is_utc(self.end)):
            raise ValueError("The bounds of a period are in UTC.")
        if self.end < self.start:
            raise ValueError("A period cannot end before it starts.")

    def contains(self, moment: datetime) -> bool:
        """Say whether the moment lies in the period; the start does, the end does not."""
        return self.start <= moment < self.end

    def overlaps(self, other: Self) -> bool:
        """Say whether the two share any time; neighbours that only touch do not."""
        return max(self.start, other.start) < min(self.end, other.end)

    def intersection(self, other: Self) -> "Period | None":
        """Return the time that the two share, or None if there is none."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start, other.start), min(self.end, other.end))


def _is_utc(moment: datetime) -> bool:
    return moment.tzinfo is UTC or moment.utcoffset() == timedelta(0)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return the names of all time zones of the IANA database."""
    return frozenset(zoneinfo.available_timezones())


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """
    Return the time zone of an IANA name such as "Europe/Paris".

    :raises ValueError: if there is no such zone
    """
    if name not in zone_names():
        raise ValueError(f"{name!r} is no time zone.")
    return ZoneInfo(name)


def _zone(given: ZoneInfo | str) -> ZoneInfo:
    return zone(given) if isinstance(given, str) else given


@lru_cache(maxsize=65536)
def local_midnight(day: date, zone: ZoneInfo | str) -> datetime:
    """
    Return the moment in UTC at which a local day begins.

    A midnight that the clocks skip moves forward to the first moment of the day; one that comes twice is the first.
    """
    # fold=0 means both: the first of two, and, in a gap, the offset before it, which lands just behind the gap.
    return datetime.combine(day, time(), _zone(zone)).astimezone(UTC)


def local_date(moment: datetime, zone: ZoneInfo | str) -> date:
    """Return the calendar day that it is in the zone at a moment."""
    # Kept for moments in UTC only: of two others that are equal one may be the second of an hour that comes twice.
    return _utc_to_date(moment, zone) if moment.tzinfo is UTC else moment.astimezone(_zone(zone)).date()


@lru_cache(maxsize=65536)  # a run asks for the days of the same few boundaries again and again
def _utc_to_date(moment: datetime, zone: ZoneInfo | str) -> date:
    return moment.astimezone(_zone(zone)).date()


def days_later(moment: datetime, days: int, zone: ZoneInfo | str) -> datetime:
    """Return the same time of day so many days later (or earlier) by the zone's clock, in UTC."""
    return (moment.astimezone(_zone(zone)) + timedelta(days=days)).astimezone(UTC)


def add_months(day: date, months: int, *, anchor_day: int) -> date:
    """
    Return the anchor day in the month that lies so many months after (or before) a day.

    A month that is too short gives its last day; counting on from there returns to the anchor day (Lago rule M42).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(anchor_day, monthrange(year, month + 1)[1]))


def days_between(start: datetime, end: datetime, zone: ZoneInfo | str) -> int:
    """
    Count the local calendar days that `[start, end)` touches, whole or in part; zero if it is empty.

    A start at noon counts its day, an end at midnight does not count the day that begins there, and changes of the
    clocks do not matter. This is Lago rule M29 for half-open bounds; only a termination on the very stroke of midnight
    differs: Lago, whose ends are inclusive, counts the day that begins, and a caller that wants this passes
    `end + MOMENT`.
    """
    # Kept for moments in UTC only, as the day of one is.
    is_plain = start.tzinfo is UTC and end.tzinfo is UTC
    return (_kept_days if is_plain else _days)(start, end, zone)


def _days(start: datetime, end: datetime, zone: ZoneInfo | str) -> int:
    if end <= start:
        return 0
    return max((local_date(end - MOMENT, zone) - local_date(start, zone)).days + 1, 1)


_kept_days = lru_cache(maxsize=65536)(_days)
