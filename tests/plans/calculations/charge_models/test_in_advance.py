"""What is paid event by event is what is paid together (rule M56), for every model that may be paid in advance."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.calculations.charge_models import UsageFigures, parse_properties, price
from plans.calculations.charge_models.in_advance import EventUsage, event_price

TIERS = [
    {"from_value": 0, "to_value": 10, "per_unit_amount": "2", "flat_amount": "1"},
    {"from_value": 11, "to_value": 20, "per_unit_amount": "1.5", "flat_amount": "3"},
    {"from_value": 21, "to_value": None, "per_unit_amount": "1", "flat_amount": "0.5"},
]
RATES = [
    {"from_value": 0, "to_value": 10, "rate": "2.5", "flat_amount": "1"},
    {"from_value": 11, "to_value": None, "rate": "1", "flat_amount": "4"},
]
MODELS = [
    ("standard", {"amount": "0.3"}),
    ("graduated", {"graduated_ranges": TIERS}),
    ("graduated_percentage", {"graduated_percentage_ranges": RATES}),
    ("package", {"amount": "5", "package_size": 4, "free_units": 3}),
    ("percentage", {"rate": "5", "fixed_amount": "1"}),
    ("percentage", {"rate": "5", "fixed_amount": "1", "free_units_per_events": 2}),
    ("percentage", {"rate": "5", "fixed_amount": "1", "free_units_per_total_aggregation": "12"}),
    ("percentage", {"rate": "5", "per_transaction_min_amount": "0.4", "per_transaction_max_amount": "0.6"}),
    ("dynamic", {}),
]
quantities = st.lists(st.decimals("0.01", "30", places=2), min_size=1, max_size=12)


@pytest.mark.parametrize(("model", "raw"), MODELS)
@given(values=quantities)
def test_events_one_by_one_cost_what_they_cost_together(model, raw, values):
    properties = parse_properties(model, raw)
    seen, paid = [], Decimal(0)

    for value in values:
        seen.append(value)
        figures = _figures(seen)
        paid += event_price(model, EventUsage(figures, value, value * 100), properties, currency="EUR").amount

    assert paid == price(model, _figures(values), properties, currency="EUR").amount


@given(values=quantities)
def test_an_event_never_costs_less_than_nothing(values):
    for model, raw in MODELS:
        properties = parse_properties(model, raw)
        usage = EventUsage(_figures(values), values[-1], values[-1] * 100)
        assert event_price(model, usage, properties, currency="EUR").amount >= 0


def _figures(values):
    return UsageFigures(
        units=sum(values, Decimal(0)),
        events_count=len(values),
        event_values=tuple(values),
        precise_total_amount_cents=sum(values, Decimal(0)) * 100,
    )
