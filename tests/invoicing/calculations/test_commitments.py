"""What is missing to a minimum commitment (rules M75 and M76)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.calculations.commitments import true_up_cents


@pytest.mark.parametrize(
    "case, committed, billed, days, period_days, expected",
    [
        ("a whole period", 1_000_000, 10_000, 31, 31, 990_000),
        ("reached", 10_000, 10_000, 31, 31, 0),
        ("more than reached", 10_000, 12_000, 31, 31, 0),
        ("some days, half up", 1_000, 0, 1, 16, 63),
        ("no days", 1_000, 0, 0, 31, 0),
        ("a day more than the period has", 1_000, 0, 32, 31, 1_000),
    ],
)
def test_true_up(case, committed, billed, days, period_days, expected):
    assert true_up_cents(committed, billed, days=days, period_days=period_days) == expected


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 366))
def test_fees_and_true_up_reach_the_commitment_and_not_more_unless_the_fees_do(committed, billed, days):
    assert billed + true_up_cents(committed, billed, days=days, period_days=days) == max(committed, billed)
