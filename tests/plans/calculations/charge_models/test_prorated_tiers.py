"""Tiers filled step by step, each step weighed by its days."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.calculations import charge_models
from plans.calculations.charge_models import UsageFigures

RANGES = [
    {"from_value": 0, "to_value": 5, "per_unit_amount": "10", "flat_amount": "100"},
    {"from_value": 6, "to_value": 15, "per_unit_amount": "5", "flat_amount": "50"},
    {"from_value": 16, "to_value": None, "per_unit_amount": "2", "flat_amount": "0"},
]
PROPERTIES = charge_models.parse_properties("graduated", {"graduated_ranges": RANGES})


def priced(steps, period_days):
    """Price steps given as (units, days)."""
    values = tuple(Decimal(units) for units, _ in steps)
    figures = UsageFigures(
        units=sum(values, Decimal(0)),
        events_count=len(steps),
        event_values=values,
        full_units=sum(values, Decimal(0)),
        prorated_values=tuple(Decimal(units) * days / period_days for units, days in steps),
    )
    return charge_models.price("graduated", figures, PROPERTIES, currency="EUR")


@pytest.mark.parametrize(
    ("steps", "days", "amount"),
    [
        ([], 30, "100"),
        ([(2, 21), (5, 15), (-6, 11), (10, 6), (4, 5), (60, 1)], 30, "187"),
        ([(1, 31)], 31, "110"),
        ([(1, 17), (-1, 0), (1, 13)], 31, "109.68"),  # one seat goes, another comes
        ([(5, 30), (1, 30), (-1, 0)], 30, "205"),  # the second tier was reached
        ([(-3, 30)], 30, "70"),
        ([(-1, 0)], 30, "100"),
    ],
)
def test_steps_are_paid_in_the_tiers_they_fall_into(steps, days, amount):
    assert round(priced(steps, days).amount, 2) == Decimal(amount)


@given(st.lists(st.integers(1, 20), max_size=10))
def test_full_days_cost_what_the_units_cost_unweighed(values):
    whole = UsageFigures(Decimal(sum(values)), len(values))
    plain = charge_models.price("graduated", whole, PROPERTIES, currency="EUR")
    by_days = priced([(value, 30) for value in values], 30)
    assert by_days.amount == plain.amount
    assert by_days.amount_details == plain.amount_details


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 30)), max_size=10))
def test_fewer_days_never_cost_more(steps):
    assert priced(steps, 30).amount <= priced([(units, 30) for units, _ in steps], 30).amount
