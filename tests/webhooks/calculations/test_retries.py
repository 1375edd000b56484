from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.calculations import retries


@pytest.mark.parametrize(
    "attempts, longest",
    [(1, {"seconds": 5}), (2, {"minutes": 5}), (3, {"minutes": 30}), (4, {"hours": 2}), (9, {"days": 1}),
     (40, {"days": 1})],
)  # fmt: skip
def test_the_pauses_grow(attempts, longest):
    assert retries.pause(attempts, 0) == timedelta(**longest)


@given(st.integers(0, 60_000), st.integers(1, 10**12))
def test_pauses_are_spread_by_a_fifth_at_most(attempts, seed):
    whole = retries.pause(attempts, 0)

    assert whole * 0.8 <= retries.pause(attempts, seed) <= whole


def test_all_attempts_span_three_days():
    assert sum(retries.PAUSES, timedelta()) >= retries.GIVE_UP_AFTER


@pytest.mark.parametrize(
    "failures, minutes", [(0, 0), (4, 0), (5, 0.5), (6, 1), (7, 2), (11, 32), (12, 60), (10**9, 60)]
)
def test_an_endpoint_is_left_alone_for_longer_and_longer(failures, minutes):
    assert retries.quiet(failures) == timedelta(minutes=minutes)
