"""What usage is expected to come to."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.calculations import charge_models
from plans.calculations.charge_models import UsageFigures
from plans.calculations.projections import MAX_EVENTS, Progress, extended, projected_price

PACKAGE = {"amount": "5", "package_size": 10, "free_units": 10}
FREE_EVENTS = {"rate": "0", "fixed_amount": "1", "free_units_per_events": 10}


def usage(units, events=()):
    values = tuple(Decimal(value) for value in events)
    return UsageFigures(units=Decimal(units), events_count=len(values) or 1, event_values=values)


@pytest.mark.parametrize(
    ("_case", "units", "days", "of_days", "expected"),
    [
        ("a tenth of the days, a tenth of the units", "3", 3, 30, "30"),
        ("to hundredths", "1", 7, 31, "4.43"),
        ("the last day", "12.345", 31, 31, "12.345"),
        ("nothing", "0", 1, 31, "0"),
    ],
)
def test_units_go_on_as_they_began(_case, units, days, of_days, expected):
    assert extended(usage(units), Progress(days, of_days)).units == Decimal(expected)


@pytest.mark.parametrize(
    ("_case", "model", "raw", "figures", "expected"),
    [
        ("free units are free once", "package", PACKAGE, usage(6), "25"),  # 60 units, 50 paid
        ("free events are free once", "percentage", FREE_EVENTS, usage(2, [1, 1]), "10"),  # 20 events, 10 paid
    ],
)
def test_they_are_priced_anew(_case, model, raw, figures, expected):
    properties = charge_models.parse_properties(model, raw)

    price = projected_price(model, extended(figures, Progress(1, 10)), properties, currency="EUR")

    assert price.amount == Decimal(expected)


def test_very_many_events_are_priced_by_the_first_of_them():
    properties = charge_models.parse_properties("percentage", {"rate": "1", "per_transaction_min_amount": "0.5"})
    figures = usage(MAX_EVENTS, [1] * MAX_EVENTS)

    later = extended(figures, Progress(1, 30))
    price = projected_price("percentage", later, properties, currency="EUR")

    assert (len(later.event_values), price.amount) == (MAX_EVENTS, MAX_EVENTS * 30 * Decimal("0.5"))


@given(st.decimals("0", "1000000", places=4), st.integers(1, 366), st.integers(1, 366))
def test_a_projection_is_never_less_than_what_is_there(units, days, of_days):
    later = extended(usage(units), Progress(min(days, of_days), of_days))

    assert later.units >= units.quantize(Decimal("0.01"), "ROUND_FLOOR")
    assert later.events_count >= 1
