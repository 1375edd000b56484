"""Laws of usage: arrival does not matter, parts make the whole, what carries over is the running total."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metering.selectors import sums
from metering.selectors.usage import MetricTerms, UsageQuery, usage
from tests.metering.selectors.test_oracle import END, START, queries, stored, streams

MONTHS = [datetime(2024, month, 1, tzinfo=UTC) for month in range(2, 6)]


def told(asked):
    answers = usage(asked)
    return {
        query.key: sorted((sorted(one.grouped_by.items()), one.units, one.events_count) for one in answers[query.key])
        for query in asked
    }


@pytest.mark.django_db
@settings(max_examples=10)
@given(streams, st.randoms(use_true_random=False))
def test_order_and_manner_of_arrival_do_not_matter(events, luck):
    # Of events of one instant the later to arrive is the later, so each has an instant of its own.
    events = [(at + timedelta(microseconds=number + 1), held) for number, (at, held) in enumerate(events)]
    together, _ = stored(events)
    shuffled = random.Random(luck.random()).sample(events, len(events))
    one_by_one, _ = stored(shuffled, one_by_one=True)
    assert told(list(queries(together))) == told(list(queries(one_by_one)))


@pytest.mark.django_db
@settings(max_examples=20)
@given(streams)
def test_groups_and_filters_add_up_to_the_whole(events):
    subscription, _ = stored(events)
    for kind, name in (("count_agg", ""), ("sum_agg", "value")):
        metric = MetricTerms("metered", kind, name)
        aws, eu = {"cloud": ("aws",)}, {"cloud": ("aws",), "region": ("eu",)}
        parts = {"eu": (eu, ()), "aws": (aws, (eu,)), "rest": ({}, (aws, eu))}
        asked = [
            UsageQuery(part, subscription, metric, START, END, group_keys=keys, matching=matching, excluding=excluding)
            for keys in [("cloud", "region")]
            for part, (matching, excluding) in parts.items()
        ]
        whole = UsageQuery("whole", subscription, metric, START, END)
        answers = usage([*asked, whole])
        (total,) = answers["whole"]
        pieces = [one for query in asked for one in answers[query.key]]
        assert sum(one.units for one in pieces) == total.units
        assert sum(one.events_count for one in pieces) == total.events_count


@pytest.mark.django_db
@settings(max_examples=20)
@given(streams)
def test_what_carries_over_is_the_running_total(events):
    subscription, _ = stored(events)
    recurring = MetricTerms("metered", "sum_agg", "value", recurring=True)
    plain = MetricTerms("metered", "sum_agg", "value")
    asked = []
    for start, end in zip(MONTHS, MONTHS[1:], strict=False):
        asked.append(UsageQuery(("carried", start), subscription, recurring, start, end))
        asked.append(UsageQuery(("own", start), subscription, plain, start, end))
    answers = {key: found[0].units for key, found in usage(asked).items()}
    running = Decimal(0)
    for start in MONTHS[:-1]:
        running += answers["own", start]
        assert answers["carried", start] == running


@pytest.mark.django_db
def test_the_number_of_statements_depends_only_on_the_kinds(django_assert_num_queries):
    names = [stored([(START, {"value": 1})])[0] for _ in range(5)]
    once, often = list(queries(names[0])), [query for name in names for query in queries(name)]
    kinds = {query.kind for query in once if not sums.can_be_added_up(query)}
    for asked in (once, often):
        with django_assert_num_queries(len(kinds)):  # besides the prepared ones: the streams, all that is added up
            usage(asked)
