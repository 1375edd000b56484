from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing_site.core.periods import Period, add_months, days_between, local_date, local_midnight
from plans.calculations import billing_periods

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "America/Havana", "Asia/Beirut", "America/St_Johns", "Pacific/Apia"]
moments = st.integers(0, 3_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, tz=UTC))
terms = st.fixed_dictionaries(
    {
        "interval": st.sampled_from(billing_periods.INTERVALS),
        "billing_time": st.sampled_from(billing_periods.BILLING_TIMES),
        "anchor": st.dates(date(1999, 1, 1), date(2035, 12, 31)),
        "zone": st.sampled_from(ZONES),
    }
)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local_days(period, zone):
    """The first and the last local day, as a bill prints them."""
    last = local_date(period.end - timedelta(microseconds=1), zone)
    return f"{local_date(period.start, zone)}→{last}"


@pytest.mark.parametrize(
    ("_case", "moment", "interval", "expected"),
    [
        ("a Monday begins its week", "2022-03-07", "weekly", "2022-03-07→2022-03-13"),
        ("a Sunday ends it", "2022-03-13T23:59:59", "weekly", "2022-03-07→2022-03-13"),
        ("a week over the turn of the year", "2021-01-01", "weekly", "2020-12-28→2021-01-03"),
        ("a week before 2001", "1999-12-31", "weekly", "1999-12-27→2000-01-02"),
        ("February of a leap year", "2024-02-29T12:00", "monthly", "2024-02-01→2024-02-29"),
        ("the second quarter", "2022-06-30T23:59:59", "quarterly", "2022-04-01→2022-06-30"),
        ("the first half-year", "2022-06-30", "semiannual", "2022-01-01→2022-06-30"),
        ("the second half-year", "2022-07-02", "semiannual", "2022-07-01→2022-12-31"),
        ("a year", "2022-07-02", "yearly", "2022-01-01→2022-12-31"),
    ],
)
def test_calendar_periods(_case, moment, interval, expected):
    period = billing_periods.period_containing(
        utc(moment), interval=interval, billing_time="calendar", anchor=date(2021, 2, 17), zone="UTC"
    )

    assert local_days(period, "UTC") == expected


@pytest.mark.parametrize(
    ("_case", "anchor", "moment", "interval", "expected"),
    [
        ("the weekday of the start", "2021-02-02", "2022-03-07T04:20:46", "weekly", "2022-03-01→2022-03-07"),
        ("the day of the start", "2021-02-02", "2022-03-07", "monthly", "2022-03-02→2022-04-01"),
        ("the day before it", "2021-02-02", "2022-03-01", "monthly", "2022-02-02→2022-03-01"),
        ("the 31st in April", "2021-03-31", "2021-04-30", "monthly", "2021-04-30→2021-05-30"),
        ("the 31st in early March", "2021-03-31", "2022-03-09", "monthly", "2022-02-28→2022-03-30"),
        ("the 30th in a leap year", "2019-04-30", "2020-03-29T23:59:59", "monthly", "2020-02-29→2020-03-29"),
        ("a quarter", "2022-02-02", "2022-05-01", "quarterly", "2022-02-02→2022-05-01"),
        ("a quarter from 28 February", "2021-02-28", "2022-02-27", "quarterly", "2021-11-28→2022-02-27"),
        ("a quarter from 30 May", "2021-05-30", "2022-05-29", "quarterly", "2022-02-28→2022-05-29"),
        ("a half-year from 30 November", "2021-11-30", "2022-05-29", "semiannual", "2021-11-30→2022-05-29"),
        ("a half-year from 28 February", "2021-02-28", "2022-02-27", "semiannual", "2021-08-28→2022-02-27"),
        ("a year from a leap day", "2024-02-29", "2025-01-01", "yearly", "2024-02-29→2025-02-27"),
        ("a common year", "2024-02-29", "2025-02-28", "yearly", "2025-02-28→2026-02-27"),
        ("back to the leap day", "2024-02-29", "2028-02-28", "yearly", "2027-02-28→2028-02-28"),
        ("before the anchor", "2024-02-29", "2023-12-31", "monthly", "2023-12-29→2024-01-28"),
    ],
)
def test_anniversary_periods(_case, anchor, moment, interval, expected):
    period = billing_periods.period_containing(
        utc(moment), interval=interval, billing_time="anniversary", anchor=date.fromisoformat(anchor), zone="UTC"
    )

    assert local_days(period, "UTC") == expected


@pytest.mark.parametrize(
    ("anchor", "count", "expected"),
    [
        ("2023-01-29", 3, ["2023-01-29→2023-02-27 30", "2023-02-28→2023-03-28 29", "2023-03-29→2023-04-28 31"]),
        ("2024-01-29", 2, ["2024-01-29→2024-02-28 31", "2024-02-29→2024-03-28 29"]),
        ("2023-01-30", 2, ["2023-01-30→2023-02-27 29", "2023-02-28→2023-03-29 30"]),
        ("2024-01-30", 2, ["2024-01-30→2024-02-28 30", "2024-02-29→2024-03-29 30"]),
        (
            "2023-01-31",
            4,
            [
                "2023-01-31→2023-02-27 28",
                "2023-02-28→2023-03-30 31",
                "2023-03-31→2023-04-29 30",
                "2023-04-30→2023-05-30 31",
            ],
        ),
        ("2024-01-31", 2, ["2024-01-31→2024-02-28 29", "2024-02-29→2024-03-30 31"]),
    ],
)
def test_months_from_the_end_of_january_as_published(anchor, count, expected):
    rule = {"interval": "monthly", "billing_time": "anniversary", "anchor": date.fromisoformat(anchor), "zone": "UTC"}
    months = [billing_periods.period_containing(utc(anchor), **rule)]
    while len(months) < count:
        months.append(billing_periods.next_period(months[-1], **rule))

    assert [f"{local_days(month, 'UTC')} {days_between(month.start, month.end, 'UTC')}" for month in months] == expected


@pytest.mark.parametrize(
    ("_case", "moment", "interval", "billing_time", "start", "end"),
    [
        ("Sunday evening there", "2022-03-07", "weekly", "calendar", "2022-02-28T05:00", "2022-03-07T05:00"),
        ("the clocks go forward", "2022-03-07", "monthly", "calendar", "2022-03-01T05:00", "2022-04-01T04:00"),
        ("a quarter", "2022-07-02", "quarterly", "calendar", "2022-07-01T04:00", "2022-10-01T04:00"),
        ("a half-year", "2022-01-01T04:59:59", "semiannual", "calendar", "2021-07-01T04:00", "2022-01-01T05:00"),
        ("years from 1 February", "2022-03-07", "yearly", "anniversary", "2022-02-01T05:00", "2023-02-01T05:00"),
    ],
)
def test_periods_of_new_york_are_days_of_new_york(_case, moment, interval, billing_time, start, end):
    period = billing_periods.period_containing(
        utc(moment), interval=interval, billing_time=billing_time, anchor=date(2021, 2, 1), zone="America/New_York"
    )

    assert period == Period(utc(start), utc(end))


@pytest.mark.parametrize(("interval", "billing_time"), [("daily", "calendar"), ("monthly", "sometimes")])
def test_unknown_terms_are_refused(interval, billing_time):
    with pytest.raises(ValueError, match="is no billing"):
        billing_periods.period_containing(
            utc("2024-01-01"), interval=interval, billing_time=billing_time, anchor=date(2024, 1, 1), zone="UTC"
        )


@pytest.mark.parametrize(
    ("_case", "started_at", "ended_at", "expected"),
    [
        ("lives all the time", "2024-01-01", None, ("2024-03-01", "2024-04-01")),
        ("starts within", "2024-03-05T12:12", None, ("2024-03-05T12:12", "2024-04-01")),
        ("ends within", None, "2024-03-09T08:00", ("2024-03-01", "2024-03-09T08:00")),
        ("starts and ends within", "2024-03-05", "2024-03-09", ("2024-03-05", "2024-03-09")),
        ("not yet started", "2024-04-01", None, None),
        ("ended before", "2024-01-01", "2024-03-01", None),
    ],
)
def test_clamp(_case, started_at, ended_at, expected):
    march = Period(utc("2024-03-01"), utc("2024-04-01"))

    alive = billing_periods.clamp(march, started_at=started_at and utc(started_at), ended_at=ended_at and utc(ended_at))

    assert alive == (expected and Period(utc(expected[0]), utc(expected[1])))


@given(moments, terms)
def test_periods_tile_time_without_gap_or_overlap(moment, rule):
    period = billing_periods.period_containing(moment, **rule)

    following = billing_periods.next_period(period, **rule)
    before = billing_periods.previous_period(period, **rule)

    assert period.contains(moment)
    assert before.end == period.start < period.end == following.start
    assert billing_periods.period_containing(period.end - timedelta(microseconds=1), **rule) == period
    assert billing_periods.previous_period(following, **rule) == period


@given(moments, terms)
def test_periods_begin_on_the_anchor_day_or_the_last_of_a_shorter_month(moment, rule):
    period = billing_periods.period_containing(moment, **rule)
    origin = rule["anchor"] if rule["billing_time"] == "anniversary" else date(2001, 1, 1)

    begins = local_date(period.start, rule["zone"])
    wanted = (
        begins - timedelta(days=(begins - origin).days % 7)
        if rule["interval"] == "weekly"
        else add_months(begins, 0, anchor_day=origin.day)
    )

    assert period.start == local_midnight(wanted, rule["zone"])


@settings(max_examples=30)
@given(st.dates(date(2000, 1, 1), date(2035, 12, 31)), st.sampled_from(billing_periods.BILLING_TIMES), moments)
def test_every_longer_period_is_whole_months(anchor, billing_time, moment):
    rule = {"billing_time": billing_time, "anchor": anchor, "zone": "Europe/Paris"}

    for interval, count in billing_periods.MONTHS.items():
        whole = billing_periods.period_containing(moment, interval=interval, **rule)
        months = [billing_periods.period_containing(whole.start, interval="monthly", **rule)]
        while months[-1].end < whole.end:
            months.append(billing_periods.next_period(months[-1], interval="monthly", **rule))

        assert len(months) == count
        assert (months[0].start, months[-1].end) == (whole.start, whole.end)
        assert all(one.end == other.start for one, other in pairwise(months))
