"""The matcher itself: a case that could not fail would prove nothing."""

import pytest

from tests.conformance.matching import mismatch

MATCHES = [
    ("other keys are ignored", {"a": 1}, {"a": 1, "b": 2}),
    ("a number and its decimal string", 50, "50.0"),
    ("a decimal string and a number", "0.10", 0.1),
    ("the same instant written otherwise", "2024-03-05T12:00:00Z", "2024-03-05T13:00:00+01:00"),
    ("null", None, None),
    ("a list in order", [1, {"a": 2}], [1, {"a": 2, "b": 3}]),
    ("any order", {"$unordered": [1, 2]}, [2, 1]),
    ("some of the items", {"$includes": [{"a": 1}]}, [{"a": 2}, {"a": 1}]),
    (
        "each expected item needs one of its own",
        {"$unordered": [{"a": 1}, {"a": 1, "b": 2}]},
        [{"a": 1, "b": 2}, {"a": 1}],
    ),
    ("a length", {"$size": 2}, [1, 2]),
    ("anything", {"$any": True}, False),
    ("a key that is null", {"a": {"$absent": True}}, {"a": None}),
    ("a key that is missing", {"a": {"$absent": True}}, {}),
    ("something empty", {"$empty": True}, []),
    ("a pattern", {"$match": "^a.c$"}, "abc"),
    ("both bounds", {"$gte": 1, "$lte": 3}, "2.5"),
]
MISMATCHES = [
    ("another number", 50, "50.1"),
    ("true is not one", 1, True),
    ("a number is not true", True, 1),
    ("null is not zero", 0, None),
    ("zero is not null", None, 0),
    ("text is not null", None, ""),
    ("a missing key", {"a": 1}, {}),
    ("a missing key is not null", {"a": None}, {}),
    ("a longer list", [1], [1, 2]),
    ("another order", [1, 2], [2, 1]),
    ("one item for two", {"$includes": [1, 1]}, [1, 2]),
    ("a longer list in any order", {"$unordered": [1]}, [1, 2]),
    ("another length", {"$size": 2}, [1]),
    ("nothing", {"$any": True}, None),
    ("something", {"$absent": True}, 0),
    ("something in it", {"$empty": True}, [1]),
    ("null is not empty", {"$empty": True}, None),
    ("another pattern", {"$match": "^b"}, "abc"),
    ("below the lower bound", {"$gte": 1, "$lte": 3}, 0),
    ("above the upper bound", {"$gte": 1, "$lte": 3}, 4),
    ("another instant", "2024-03-05T12:00:00Z", "2024-03-05T12:00:01Z"),
    ("an object is not a list", {"a": 1}, [{"a": 1}]),
]


@pytest.mark.parametrize(("_case", "expected", "actual"), MATCHES)
def test_matches(_case, expected, actual):
    assert mismatch(expected, actual) is None


@pytest.mark.parametrize(("_case", "expected", "actual"), MISMATCHES)
def test_does_not_match_and_says_where(_case, expected, actual):
    assert mismatch(expected, actual, "here").startswith("here")
