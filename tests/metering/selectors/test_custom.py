"""Custom aggregations: a state carried from event to event by expressions."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from metering.models import Event
from metering.selectors.usage import MetricTerms, UsageQuery, usage
from metering.services.ingestion import NewEvent, ingest

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
# The first ten units cost 1 each, the others what the charge says.
TIERED = {
    "total_units": "total_units + event.properties.gb",
    "amount": """amount + min(event.properties.gb, max(10 - total_units, 0))
        + max(total_units + event.properties.gb - max(total_units, 10), 0) * custom_properties.rate""",
}
EVENTS = [
    (-1, {"gb": 3}),
    (0, {"gb": 4, "to": "a"}),
    (1, {"gb": "8.5", "to": "a"}),
    (2, {"gb": "x"}),
    (3, {"gb": 1.25}),
]


def ask(*, recurring=False, **more):
    terms = MetricTerms("traffic", "custom_agg", recurring=recurring, custom_aggregator=TIERED)
    query = UsageQuery("q", "sub", terms, START, END, custom_properties={"rate": Decimal("0.1")}, **more)
    return usage([query])["q"]


@pytest.fixture
def events(db):
    new = [
        NewEvent(str(day), "sub", "traffic", START + timedelta(day), json.dumps(properties))
        for day, properties in EVENTS
    ]
    ingest(new, now=END)
    return {int(event.transaction_id): event for event in Event.objects.all()}


def figures(answers):
    return [(one.units, one.amount, one.events_count) for one in answers]


@pytest.mark.usefixtures("events")
def test_the_state_goes_from_event_to_event_and_over_periods_only_if_the_metric_recurs():
    # 4 + 6 at 1, then 2.5 + 1.25 at 0.1; with the 3 before, 3 + 4 + 3 at 1 and 5.5 + 1.25 at 0.1.
    assert figures(ask()) == [(Decimal("13.75"), Decimal("10.375"), 3)]
    assert figures(ask(recurring=True)) == [(Decimal("16.75"), Decimal("10.675"), 4)]


@pytest.mark.usefixtures("events")
def test_groups_have_states_of_their_own():
    assert figures(ask(group_keys=("to",))) == [
        (Decimal("1.25"), Decimal("1.25"), 1),
        (Decimal("12.5"), Decimal("10.25"), 2),
    ]


def test_an_event_pays_for_how_it_changes_the_state(events):
    (one,) = ask(event=events[1].id)
    assert (one.units, one.event_units, one.event_amount) == (Decimal("12.5"), Decimal("8.5"), Decimal("6.25"))
    assert ask(event=events[2].id) == []


def test_without_events_nothing_is_used(db):
    assert figures(ask()) == [(Decimal(0), Decimal(0), 0)]
