"""The units of a fixed charge over time, and their share of a period (rule M70)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_site.core.periods import Period
from plans.calculations.fixed_units import Step, UnitsChange, prorated_units, timeline, units_at

MARCH = Period(datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC))
START = datetime(2024, 2, 10, 12, tzinfo=UTC)


def march(day, hour=0):
    return datetime(2024, 3, day, hour, tzinfo=UTC)


def change(units, at, **how):
    return UnitsChange(Decimal(units), at, **how)


def steps(*changes):
    found = timeline(changes, started_at=START, known_at=START, next_start=lambda moment: MARCH.end)
    return [(step.at, int(step.units)) for step in found]


BEFORE = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "case, changes, expected",
    [
        ("known at the start", [change(10, BEFORE)], [(START, 10)]),
        ("at once", [change(10, BEFORE), change(15, march(6), at_once=True)], [(START, 10), (march(6), 15)]),
        ("next period", [change(10, BEFORE), change(15, march(6))], [(START, 10), (MARCH.end, 15)]),
        ("two before the start", [change(10, BEFORE), change(12, BEFORE)], [(START, 12)]),
        (
            "what is made later wins",
            [change(10, BEFORE), change(20, march(5)), change(15, march(9), at_once=True)],
            [(START, 10), (march(9), 15)],
        ),
        (
            "its own spares it the plan's",
            [change(10, BEFORE), change(15, march(3), at_once=True, is_own=True), change(7, march(6), at_once=True)],
            [(START, 10), (march(3), 15)],
        ),
        ("added later", [change(8, march(6))], [(MARCH.end, 8)]),
    ],
)
def test_units_over_time(case, changes, expected):
    assert steps(*changes) == expected


def test_units_at_a_moment():
    found = [Step(march(1), Decimal(10)), Step(march(6), Decimal(15))]

    assert [units_at(found, at) for at in (BEFORE, march(5, 23), march(6))] == [0, 10, 15]


@pytest.mark.parametrize(
    "case, found, time, expected",
    [
        ("the whole period", [Step(BEFORE, Decimal(10))], MARCH, "10.000000"),
        ("from the start on", [Step(march(19, 12), Decimal(10))], Period(march(19, 12), MARCH.end), "4.193548"),
        ("up to an end", [Step(BEFORE, Decimal(10))], Period(MARCH.start, march(20, 12)), "6.451613"),
        ("changed", [Step(BEFORE, Decimal(10)), Step(march(11), Decimal(20))], MARCH, "16.774193"),
        ("twice in a day", [Step(march(1), Decimal(5)), Step(march(1, 9), Decimal(7))], MARCH, "7.000000"),
        ("changed after the end", [Step(BEFORE, Decimal(1)), Step(march(20, 18), Decimal(9))],
         Period(MARCH.start, march(20, 12)), "0.645161"),
        ("nothing yet", [], MARCH, "0"),
    ],
)  # fmt: skip
def test_prorated_units(case, found, time, expected):
    assert prorated_units(found, time, MARCH, "UTC") == Decimal(expected)


@given(st.lists(st.integers(0, 31 * 24 - 1), max_size=6, unique=True), st.integers(0, 1000))
def test_units_that_never_change_are_whole_however_often_they_are_said_again(hours, units):
    moments = [BEFORE, *(datetime(2024, 3, 1 + hour // 24, hour % 24, tzinfo=UTC) for hour in sorted(hours))]
    found = [Step(moment, Decimal(units)) for moment in moments]

    assert abs(prorated_units(found, MARCH, MARCH, "UTC") - units) <= Decimal("0.000004")
