"""Usage of a charge's filters: what a query takes for itself and what it leaves to narrower ones."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from metering.selectors.usage import MetricTerms, UsageQuery, usage
from metering.services.ingestion import NewEvent, ingest

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
EVENTS = [
    {"cloud": "aws", "region": "eu", "gb": 1},
    {"cloud": "aws", "region": "us", "gb": 2},
    {"cloud": "aws", "gb": 4},
    {"cloud": "gcp", "region": "eu", "gb": 8},
    {"gb": 16},
    {"cloud": None, "gb": 32},
]
AWS = {"cloud": ("aws",)}
AWS_EU = {"cloud": ("aws",), "region": ("eu", "fr")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("matching", "excluding", "units"),
    [
        ({}, (), 63),
        (AWS, (), 7),
        (AWS_EU, (), 1),
        (AWS, (AWS_EU,), 6),
        ({}, (AWS,), 56),
        ({}, (AWS, {"region": ("eu",)}), 48),
        ({"cloud": ("aws", "gcp")}, (AWS_EU,), 14),
        ({"cloud": ("azure",)}, (), 0),
    ],
)
def test_a_query_takes_what_matches_and_leaves_what_narrower_ones_take(matching, excluding, units):
    events = [
        NewEvent(str(number), "sub", "traffic", datetime(2024, 3, 2, tzinfo=UTC), json.dumps(properties))
        for number, properties in enumerate(EVENTS)
    ]
    ingest(events, now=END)
    metric = MetricTerms("traffic", "sum_agg", "gb")

    answer = usage([UsageQuery("q", "sub", metric, START, END, matching=matching, excluding=excluding)])

    assert [found.units for found in answer["q"]] == [Decimal(units)]
