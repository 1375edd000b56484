"""
Every awkward start day, in every month, interval and kind of time zone, against a calendar that counts day by day.

The oracle knows no periods and no arithmetic of months: it walks the local days, asks of each whether it is a billing
day by the published rule (the anchor's day, or the last day of a month too short for it), and looks for the first
instant of that day by trying quarters of an hour.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from plans.calculations.billing_periods import ANNIVERSARY, CALENDAR, INTERVALS
from plans.calculations.schedules import Kind, Schedule, act_at, first_act, next_act

pytestmark = pytest.mark.soak

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
# Each zone with the year to begin in: Apia has no 30 December 2011, São Paulo had changes of the clocks at midnight.
ZONES = {
    "UTC": 2024,
    "America/New_York": 2024,
    "Europe/Berlin": 2022,
    "Australia/Lord_Howe": 2023,
    "Pacific/Apia": 2010,
    "Asia/Kathmandu": 2023,
    "America/Sao_Paulo": 2016,
    "Asia/Beirut": 2021,
    "America/Havana": 2023,
    "America/St_Johns": 2009,
    "Pacific/Chatham": 2023,
    "Africa/Casablanca": 2023,
}
MONTHS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "yearly": 12}
YEARS = 3


@cache
def midnights(zone):
    """Return each local day with its first instant, or that of the next if the day is left out."""
    info, day, found = ZoneInfo(zone), date(ZONES[zone], 1, 1), {}
    while day.year <= ZONES[zone] + YEARS + 1:
        instant = datetime.combine(day, time(), UTC) - 15 * timedelta(hours=1)
        while instant.astimezone(info).date() < day:
            instant += QUARTER
        found[day] = instant
        day += DAY
    return found


def is_billing_day(day, anchor, interval, billing_time):
    if billing_time == CALENDAR:
        anchor = date(2001, 1, 1)  # a Monday, and the first of everything
    if interval == "weekly":
        return day.weekday() == anchor.weekday()
    if (day.month - anchor.month) % MONTHS[interval]:
        return False
    is_last = day.day == monthrange(day.year, day.month)[1]
    return day.day == anchor.day or (is_last and anchor.day > day.day)


def expected(start, interval, billing_time, zone):
    until = date(start.year + YEARS, start.month, min(start.day, 28))
    days = (day for day in midnights(zone) if start < day <= until)
    return [midnights(zone)[day] for day in days if is_billing_day(day, start, interval, billing_time)]


def computed(start, interval, billing_time, zone, count):
    """Return as many acts after the start, and check that the usage they bill is without gap or overlap."""
    started_at = midnights(zone)[start] + timedelta(hours=9)
    schedule = Schedule(
        interval=interval, billing_time=billing_time, anchor=start, zone=zone, pay_in_advance=False,
        started_at=started_at, billable_from=started_at,
    )  # fmt: skip
    acts, at, billed_until = [], first_act(schedule, now=started_at), started_at
    while len(acts) < count:
        at = next_act(schedule, at)
        usage = act_at(schedule, at).time(Kind.USAGE)
        assert (usage.start, usage.end) == (billed_until, at)
        billed_until = at
        acts.append(at)
    return acts


@pytest.mark.parametrize("zone", ZONES)
def test_the_calendar_has_no_differences(zone):
    differences, cases = [], 0
    starts = [
        date(ZONES[zone], month, day)
        for month, day in product(range(1, 13), range(28, 32))
        if day <= monthrange(ZONES[zone], month)[1]
    ]
    for start, interval, billing_time in product(starts, INTERVALS, (ANNIVERSARY, CALENDAR)):
        cases += 1
        want = expected(start, interval, billing_time, zone)
        if computed(start, interval, billing_time, zone, len(want)) != want:
            differences.append((start, interval, billing_time))

    assert cases >= 41 * len(INTERVALS) * 2
    assert differences == []
