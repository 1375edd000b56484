"""Every kind of question, about random events, answered by PostgreSQL and by plain Python."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metering.models import Event
from metering.selectors.usage import MetricTerms, UsageQuery, usage
from metering.services.ingestion import NewEvent, ingest, ingest_one
from tests.metering.selectors.oracle import expected

START, END = datetime(2024, 3, 9, 15, 30, tzinfo=UTC), datetime(2024, 4, 1, 4, tzinfo=UTC)
NEW_YORK = "America/New_York"
KINDS = ("count_agg", "sum_agg", "max_agg", "latest_agg", "unique_count_agg", "weighted_sum_agg")
CARRYING = ("sum_agg", "unique_count_agg", "weighted_sum_agg")
_numbers = itertools.count()

values = st.sampled_from([1, 2, 5, -3, -5, 0.25, "7", "-2.5", "1e3", " 5", "+5", "x", None, True])
properties = st.fixed_dictionaries(
    {},
    optional={
        "value": values,
        "operation_type": st.sampled_from(["add", "remove", "remove"]),
        "cloud": st.sampled_from(["aws", "gcp", ""]),
        "region": st.sampled_from(["eu", "us", None]),
    },
)
moments = st.one_of(
    st.integers(-10 * 96, 24 * 96).map(lambda quarters: START + timedelta(minutes=15 * quarters)),
    st.sampled_from([START, START - timedelta(microseconds=1), END, END - timedelta(microseconds=1)]),
)
streams = st.lists(st.tuples(moments, properties), max_size=25)
MATCHES = [
    ({}, ()),
    ({"cloud": ("aws",)}, ({"cloud": ("aws",), "region": ("eu",)},)),
    ({}, ({"cloud": ("aws", "gcp")}, {"region": ("us",)})),
]


def queries(subscription, **more):
    """Ask everything that may be asked of one property."""
    variants = itertools.product(KINDS, [(), ("cloud",), ("cloud", "region")], MATCHES, [False, True], [False, True])
    for kind, groups, (matching, excluding), recurring, prorated in variants:
        if (recurring and kind not in CARRYING) or (prorated and (not recurring or kind == "weighted_sum_agg")):
            continue
        key = (kind, groups, str(matching), str(excluding), recurring, prorated)
        metric = MetricTerms("metered", kind, "" if kind == "count_agg" else "value", recurring=recurring)
        yield UsageQuery(
            key, subscription, metric, START, END, group_keys=groups, matching=matching, excluding=excluding,
            prorated=prorated, zone=NEW_YORK, period_days=31, **more,
        )  # fmt: skip


def stored(events, *, one_by_one=False):
    """Store the events for a subscription of their own; return its id and them as (timestamp, id, properties)."""
    subscription = f"sub-{next(_numbers)}"
    new = [
        NewEvent(str(number), subscription, "metered", at, json.dumps(held)) for number, (at, held) in enumerate(events)
    ]
    if one_by_one:
        for event in new:
            ingest_one(event, now=END)
    elif new:
        ingest(new, now=END)
    rows = Event.objects.filter(stream__external_subscription_id=subscription)
    ids = {row.transaction_id: row.id for row in rows}
    return subscription, [
        (at, ids[str(number)], {key: worded(value) for key, value in held.items()})
        for number, (at, held) in enumerate(events)
    ]


def worded(value):
    return {True: "true"}.get(value, value) if isinstance(value, bool) else value


def compare(asked, rows):
    answers = usage(asked)
    for query in asked:
        told = {tuple(one.grouped_by.get(key, "") for key in query.group_keys): one for one in answers[query.key]}
        wanted = expected(rows, query)
        for group in told.keys() | wanted.keys():
            figures = wanted.get(group)
            if group not in told:  # a group without an event that counts
                assert not figures["events"], (query, group)
                continue
            one = told[group]
            assert figures, (query, group, one)
            assert Fraction(one.units) == figures["units"], (query, group, one, figures)
            assert one.events_count == figures["events"], (query, group)
            if "full" in figures:
                assert Fraction(one.full_units) == figures["full"], (query, group)
            if "event" in figures:
                assert Fraction(one.event_units) == figures["event"], (query, group, one, figures)


@pytest.mark.django_db
@settings(max_examples=25)
@given(streams)
def test_usage_is_what_the_oracle_says(events):
    subscription, rows = stored(events)
    compare(list(queries(subscription)), rows)


@pytest.mark.django_db
@settings(max_examples=25)
@given(streams)
def test_usage_in_advance_is_what_the_oracle_says(events):
    subscription, rows = stored(events)
    payable = ("count_agg", "sum_agg", "unique_count_agg")
    asked = [query for query in queries(subscription, in_advance=True) if query.metric.aggregation_type in payable]
    compare(asked, rows)
    for at, mark, _ in rows[:4]:
        if START <= at < END:
            about = queries(subscription, event=mark)
            compare([query for query in about if query.metric.aggregation_type in payable], rows)
