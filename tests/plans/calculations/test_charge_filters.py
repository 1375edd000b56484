from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.calculations.charge_filters import ALL_VALUES, FilterTerms, claimant, expanded, preceding, property_text

KEYS = {"cloud": ("aws", "gcp"), "region": ("us", "eu"), "tier": ("basic", "pro")}
values = st.fixed_dictionaries(
    {},
    optional={key: st.lists(st.sampled_from(known), min_size=1, unique=True).map(tuple) for key, known in KEYS.items()},
).filter(bool)
filters = st.lists(values, max_size=6).map(
    lambda found: [FilterTerms(number, allowed) for number, allowed in enumerate(found)]
)
events = st.fixed_dictionaries({}, optional={key: st.sampled_from((*known, "else")) for key, known in KEYS.items()})


def _matches(event: dict[str, str], allowed: dict[str, tuple[str, ...]]) -> bool:
    return all(event.get(key) in values for key, values in allowed.items())


@given(events, filters)
def test_every_event_belongs_to_exactly_one_bucket_and_claimant_names_it(event, found):
    taken = [
        item.key
        for item in found
        if _matches(event, item.values)
        and not any(_matches(event, narrower.values) for narrower in preceding(item, found))
    ]
    is_left = not any(_matches(event, item.values) for item in found)

    assert len(taken) + is_left == 1
    winner = claimant(event, found)
    assert taken == ([winner.key] if winner else [])


@pytest.mark.parametrize(
    ("_case", "event", "winner"),
    [
        ("the one that names more properties", {"cloud": "aws", "region": "us"}, 2),
        ("as many properties, fewer values", {"cloud": "gcp"}, 3),
        ("the same twice: the older", {"cloud": "aws"}, 1),
        ("none", {"region": "us"}, None),
    ],
)
def test_the_narrowest_filter_claims_an_event(_case, event, winner):
    found = [
        FilterTerms(0, {"cloud": ("aws", "gcp")}),
        FilterTerms(1, {"cloud": ("aws",)}),
        FilterTerms(2, {"cloud": ("aws", "gcp"), "region": ("us",)}),
        FilterTerms(3, {"cloud": ("gcp",)}),
        FilterTerms(4, {"cloud": ("aws",)}),
    ]

    claimed = claimant(event, found)

    assert (claimed.key if claimed else None) == winner


def test_the_mark_for_all_values_stands_for_those_that_the_metric_knows():
    assert expanded({"cloud": [ALL_VALUES], "region": ["us"], "gone": [ALL_VALUES]}, KEYS) == {
        "cloud": ("aws", "gcp"),
        "region": ("us",),
        "gone": (),
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (5, "5"), (Decimal("1.50"), "1.50"), (True, "true"), (None, None), ({"a": 1}, '{"a": 1}')],
)
def test_a_property_is_compared_by_its_text(value, text):
    assert property_text(value) == text
