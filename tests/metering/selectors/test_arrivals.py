"""Events paid for at once cost together what their sum costs, in whatever order they come in."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metering.models import Event
from metering.selectors.usage import MetricTerms, UsageQuery, usage
from metering.services.ingestion import NewEvent, ingest
from plans.calculations.charge_models import parse_properties, price
from plans.calculations.charge_models.contract import UsageFigures
from plans.calculations.charge_models.in_advance import EventUsage, event_price

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
RANGES = [
    {"from_value": 0, "to_value": 10, "per_unit_amount": "2", "flat_amount": "1"},
    {"from_value": 11, "to_value": None, "per_unit_amount": "1.5", "flat_amount": "3"},
]
MODELS = {
    "standard": {"amount": "2"},
    "graduated": {"graduated_ranges": RANGES},
    "package": {"amount": "5", "package_size": 4, "free_units": 3},
}
# The hour at which each happened, in the order in which they come in, and its units.
arrivals = st.lists(st.tuples(st.integers(0, 700), st.integers(1, 12)), min_size=1, max_size=8)
_numbers = itertools.count()


@pytest.mark.django_db
@settings(max_examples=25)
@given(arrivals)
def test_the_events_cost_what_they_cost_together(came):
    subscription = f"arrivals-{next(_numbers)}"
    ingest(
        [
            NewEvent(str(number), subscription, "n", START + timedelta(hours=hour), json.dumps({"n": units}))
            for number, (hour, units) in enumerate(came)
        ],
        now=END,
    )
    marks = list(Event.objects.filter(stream__external_subscription_id=subscription).values_list("id", flat=True))
    terms = MetricTerms("n", "sum_agg", "n")
    answers = usage([UsageQuery(mark, subscription, terms, START, END, event=mark) for mark in marks])
    total = Decimal(sum(units for _, units in came))

    for model, raw in MODELS.items():
        properties = parse_properties(model, raw)
        paid = Decimal(0)
        for mark in marks:
            (one,) = answers[mark]
            including = UsageFigures(units=one.units, events_count=one.events_count)
            paid += event_price(model, EventUsage(including, one.event_units), properties, currency="EUR").amount
        assert paid == price(model, UsageFigures(total, len(came)), properties, currency="EUR").amount
