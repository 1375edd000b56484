import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_site.core import periods
from billing_site.core.periods import Period

AWKWARD_ZONES = [
    "UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "America/Havana", "Asia/Beirut", "America/St_Johns",
    "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/Santiago", "Africa/Cairo", "Europe/Dublin",
]  # fmt: skip
zones = st.sampled_from(AWKWARD_ZONES)
days = st.dates(date(1975, 1, 1), date(2100, 12, 31))
moments = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, tz=UTC))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_zones_come_from_the_pinned_package_and_not_from_the_machine():
    assert zoneinfo.TZPATH == ()
    assert {"UTC", "Europe/Paris", "Asia/Kolkata"} <= periods.zone_names()


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "\0", "Europe"])
def test_an_unknown_zone_is_refused(name):
    with pytest.raises(ValueError, match="no time zone"):
        periods.zone(name)


def test_a_period_has_its_start_and_not_its_end():
    march = Period(utc("2024-03-01"), utc("2024-04-01"))

    assert march.contains(utc("2024-03-01"))
    assert march.contains(utc("2024-03-31T23:59:59.999999"))
    assert not march.contains(utc("2024-04-01"))


def test_neighbours_touch_without_overlapping():
    march = Period(utc("2024-03-01"), utc("2024-04-01"))
    april = Period(utc("2024-04-01"), utc("2024-05-01"))
    easter = Period(utc("2024-03-29"), utc("2024-04-02"))

    assert not march.overlaps(april)
    assert march.intersection(april) is None
    assert march.intersection(easter) == Period(utc("2024-03-29"), utc("2024-04-01"))


def test_an_empty_period_contains_and_overlaps_nothing():
    nothing = Period(utc("2024-03-05"), utc("2024-03-05"))

    assert not nothing.contains(utc("2024-03-05"))
    assert not nothing.overlaps(Period(utc("2024-03-01"), utc("2024-04-01")))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (utc("2024-03-02"), utc("2024-03-01")),
        (datetime.fromisoformat("2024-03-01"), datetime.fromisoformat("2024-03-02")),
        (utc("2024-03-01"), datetime(2024, 4, 1, tzinfo=timezone(timedelta(hours=2)))),
        (datetime(2024, 3, 1, tzinfo=ZoneInfo("Europe/Paris")), utc("2024-04-01")),
    ],
)
def test_a_period_that_is_backwards_or_not_in_utc_cannot_be_made(start, end):
    with pytest.raises(ValueError, match="period"):
        Period(start, end)


@pytest.mark.parametrize(
    ("_case", "day", "zone", "expected"),
    [
        ("UTC", "2024-03-01", "UTC", "2024-03-01T00:00"),
        ("half an hour off", "2024-03-01", "Asia/Kolkata", "2024-02-29T18:30"),
        ("winter in New York", "2022-03-01", "America/New_York", "2022-03-01T05:00"),
        ("summer in New York", "2022-04-01", "America/New_York", "2022-04-01T04:00"),
        ("Beirut skips midnight: the day begins at one", "2022-03-27", "Asia/Beirut", "2022-03-26T22:00"),
        ("Havana has midnight twice: the first counts", "2022-11-06", "America/Havana", "2022-11-06T04:00"),
        ("Apia skips the whole day, which begins and ends at once", "2011-12-30", "Pacific/Apia", "2011-12-30T10:00"),
        ("the day after that", "2011-12-31", "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_local_midnight(_case, day, zone, expected):
    midnight = periods.local_midnight(date.fromisoformat(day), zone)

    assert midnight == utc(expected)
    assert midnight.tzinfo is UTC
    assert periods.local_midnight(date.fromisoformat(day), ZoneInfo(zone)) == midnight


def test_local_date_is_the_day_of_the_zone():
    moment = utc("2024-03-01T04:59:59")

    assert periods.local_date(moment, "America/New_York") == date(2024, 2, 29)
    assert periods.local_date(moment, "Asia/Tokyo") == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("_case", "day", "months", "anchor_day", "expected"),
    [
        ("clamped to the end of February", "2023-01-31", 1, 31, "2023-02-28"),
        ("in a leap year", "2024-01-31", 1, 31, "2024-02-29"),
        ("back to the anchor day", "2023-02-28", 1, 31, "2023-03-31"),
        ("over the turn of the year", "2023-11-30", 3, 30, "2024-02-29"),
        ("backwards", "2024-01-15", -1, 15, "2023-12-15"),
        ("a year from a leap day", "2024-02-29", 12, 29, "2025-02-28"),
        ("four years from a leap day", "2024-02-29", 48, 29, "2028-02-29"),
    ],
)
def test_add_months(_case, day, months, anchor_day, expected):
    assert periods.add_months(date.fromisoformat(day), months, anchor_day=anchor_day) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("_case", "start", "end", "zone", "expected"),
    [
        ("a month", "2024-03-01", "2024-04-01", "UTC", 31),
        ("from noon on the 5th, the 5th counts", "2024-03-05T12:12", "2024-04-01", "UTC", 27),
        ("to noon on the 9th, the 9th counts", "2024-03-01", "2024-03-09T12:00", "UTC", 9),
        ("from afternoon to a morning: both days count", "2024-03-05T15:00", "2024-03-09T09:00", "UTC", 5),
        ("a few minutes of a day are a day", "2024-03-05T15:00", "2024-03-05T15:05", "UTC", 1),
        ("nothing", "2024-03-05T15:00", "2024-03-05T15:00", "UTC", 0),
        ("backwards is nothing", "2024-03-05T15:00", "2024-03-04", "UTC", 0),
        ("up to midnight, the next day does not count", "2024-03-01", "2024-03-09", "UTC", 8),
        ("March of New York lacks an hour", "2022-03-01T05:00", "2022-04-01T04:00", "America/New_York", 31),
        ("November of New York has one more", "2022-11-01T04:00", "2022-12-01T05:00", "America/New_York", 30),
        ("midnight in UTC is still the day before in New York", "2022-03-01", "2022-03-02", "America/New_York", 2),
    ],
)
def test_days_between(_case, start, end, zone, expected):
    assert periods.days_between(utc(start), utc(end), zone) == expected


@given(days, zones)
def test_a_day_begins_at_its_first_moment(day, zone):
    midnight = periods.local_midnight(day, zone)

    assert periods.local_date(midnight - periods.MOMENT, zone) < day
    assert periods.local_date(midnight, zone) >= day


# Apia once left out a whole day, which then has no moment that could be counted.
@given(days, st.integers(1, 800), zones.filter(lambda zone: zone != "Pacific/Apia"))
def test_whole_days_are_counted_one_by_one(day, count, zone):
    start = periods.local_midnight(day, zone)
    end = periods.local_midnight(day + timedelta(days=count), zone)

    assert periods.days_between(start, end, zone) == count


@given(days, st.integers(-600, 600))
def test_months_added_and_taken_away_return_to_the_anchor_day(day, months):
    there = periods.add_months(day, months, anchor_day=day.day)

    assert periods.add_months(there, -months, anchor_day=day.day) == day
    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months


@given(moments, moments, moments, moments)
def test_the_intersection_holds_what_both_contain(a, b, c, d):
    one, other = Period(min(a, b), max(a, b)), Period(min(c, d), max(c, d))
    shared = one.intersection(other)

    for moment in (a, b, c, d):
        assert (shared is not None and shared.contains(moment)) == (one.contains(moment) and other.contains(moment))
    assert other.intersection(one) == shared
