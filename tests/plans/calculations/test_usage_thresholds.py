from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.calculations.usage_thresholds import MOST_STEPS, Threshold, completions, crossed, last_and_next

LOW, HIGH, STEP = Threshold(1, 200), Threshold(2, 500), Threshold(3, 200, recurring=True)
ALL = [STEP, HIGH, LOW]


@pytest.mark.parametrize(
    ("_case", "known", "now", "expected"),
    [
        ("nothing used", 0, 0, []),
        ("just below", 0, 199, []),
        ("reached exactly", 0, 200, [LOW]),
        ("reached before", 200, 499, []),
        ("the next one", 200, 500, [HIGH]),
        ("both at once", 0, 510, [LOW, HIGH]),
        ("both, and the step above the highest", 0, 700, [LOW, HIGH, STEP]),
        ("above the highest: new and the rest of what was known make a step", 500, 600, [STEP]),
        ("not yet a step", 500, 599, []),
        ("known to a whole step", 600, 799, []),
        ("several steps at once count as one", 600, 1400, [STEP]),
        ("usage that fell reaches nothing", 600, 100, []),
    ],
)
def test_which_thresholds_are_reached(_case, known, now, expected):
    assert crossed(ALL, known_cents=known, now_cents=now) == expected


def test_a_step_alone_is_reached_each_time_and_without_thresholds_nothing_is():
    assert crossed([STEP], known_cents=0, now_cents=200) == [STEP]
    assert crossed([STEP], known_cents=200, now_cents=399) == []
    assert crossed([], known_cents=0, now_cents=10**9) == []


amounts = st.integers(1, 1000)
fixed_drawn = st.sets(amounts, max_size=4).map(lambda found: [Threshold(cents, cents) for cents in sorted(found)])


@given(fixed_drawn, st.lists(st.integers(0, 300), min_size=1, max_size=12))
def test_a_fixed_threshold_is_reached_once_however_usage_grows(thresholds, growth):
    known, reached = 0, []
    for more in growth:
        found = crossed(thresholds, known_cents=known, now_cents=known + more)
        reached += found
        known += more

    assert reached == [item for item in thresholds if item.amount_cents <= known]


@given(fixed_drawn, amounts, st.integers(0, 5000))
def test_nothing_is_reached_twice_by_looking_twice(thresholds, step, usage):
    every = [*thresholds, Threshold(0, step, recurring=True)]

    assert crossed(every, known_cents=usage, now_cents=usage) == []


@pytest.mark.parametrize(
    ("_case", "usage", "expected"),
    [
        ("nothing", 0, [(200, "0"), (500, "0"), (700, "0")]),
        ("half way to the first", 100, [(200, "0.5"), (500, "0"), (700, "0")]),
        ("a third of the way to the second", 300, [(200, "1"), (500, "0.333333"), (700, "0")]),
        ("a step and a half", 800, [(200, "1"), (500, "1"), (700, "1"), (900, "0.5")]),
    ],
)
def test_how_far_usage_is_on_its_way(_case, usage, expected):
    found = completions(ALL, usage_cents=usage)

    assert [(item.amount_cents, item.ratio) for item in found] == [(cents, Decimal(ratio)) for cents, ratio in expected]


def test_the_last_reached_and_the_next():
    last, following = last_and_next(completions(ALL, usage_cents=800))

    assert (last.amount_cents, following.amount_cents) == (700, 900)
    assert last_and_next(completions([LOW], usage_cents=0))[0] is None
    assert last_and_next(completions([LOW], usage_cents=300))[1] is None


def test_of_a_tiny_step_only_the_latest_are_told():
    found = completions([Threshold(1, 1, recurring=True)], usage_cents=10**12)

    assert len(found) == MOST_STEPS + 1
    assert found[-2].amount_cents == 10**12


@given(fixed_drawn, st.integers(0, 3000))
def test_only_what_is_reached_is_complete(thresholds, usage):
    for item in completions(thresholds, usage_cents=usage):
        assert (item.ratio == 1) == (usage >= item.amount_cents)
