from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.calculations.alerts import MOST_TOLD, Threshold, crossed

USAGE = [Threshold(D(1500)), Threshold(D(3000)), Threshold(D(5000))]
STEPS = [*USAGE, Threshold(D(2000), is_recurring=True)]
FALLING = [Threshold(D(1500)), Threshold(D(1000), is_recurring=True)]


@pytest.mark.parametrize("_case, thresholds, previous, current, grows, expected", [
    ("none is reached", USAGE, 0, 1499, True, []),
    ("one is reached exactly", USAGE, 0, 1500, True, [1500]),
    ("what was reached before is not told again", USAGE, 1500, 2999, True, []),
    ("several at once", USAGE, 1000, 43000, True, [1500, 3000, 5000]),
    ("falling usage tells nothing", USAGE, 5000, 0, True, []),
    ("steps begin beyond the last of the others", STEPS, 4000, 9500, True, [5000, 7000, 9000]),
    ("no step before the last of the others", STEPS, 0, 4900, True, [1500, 3000]),
    ("from one step to the next", STEPS, 7000, 9000, True, [9000]),
    ("steps alone begin beyond zero", [Threshold(D(10), is_recurring=True)], 0, 25, True, [10, 20]),
    ("a balance falls to it", FALLING, 2000, 1500, False, [1500]),
    ("a balance falls past zero", FALLING, 2000, -1000, False, [1500, 500, -500]),
    ("a rising balance tells nothing", FALLING, 0, 5000, False, []),
    ("on either side of zero", [Threshold(D(50)), Threshold(D(-50))], 100, -55, False, [50, -50]),
    ("fractions", [Threshold(D("0.1"), is_recurring=True)], D("0.25"), D("0.5"), True, [D("0.3"), D("0.4"), D("0.5")]),
])  # fmt: skip
def test_what_is_crossed(_case, thresholds, previous, current, grows, expected):
    assert [item.value for item in crossed(thresholds, D(previous), D(current), grows=grows)] == expected


def test_of_a_leap_over_a_million_steps_the_latest_are_told():
    told = crossed([Threshold(D(1), is_recurring=True)], D(0), D(10**6), grows=True)

    assert (len(told), told[-1].value) == (MOST_TOLD, 10**6)


values = st.decimals(-10_000, 10_000, places=2)


@given(
    st.lists(st.builds(Threshold, values), max_size=5, unique_by=lambda item: item.value),
    st.decimals("0.5", 5000, places=1),
    st.lists(values, min_size=2, max_size=2).map(sorted),
    values,
    st.booleans(),
)
def test_two_looks_tell_what_one_look_over_both_would(once, step, ends, middle, grows):
    thresholds = [*once, Threshold(step, is_recurring=True)]
    begin, end = ends if grows else reversed(ends)
    middle = min(max(middle, ends[0]), ends[1])

    whole = crossed(thresholds, begin, end, grows=grows)
    halves = [
        *crossed(thresholds, begin, middle, grows=grows),
        *crossed(thresholds, middle, end, grows=grows),
    ]

    if len(whole) < MOST_TOLD:
        assert sorted(item.value for item in halves) == sorted(item.value for item in whole)
