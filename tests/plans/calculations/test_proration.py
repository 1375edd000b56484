from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.calculations.proration import prorated_cents


@pytest.mark.parametrize(
    ("_case", "amount", "days", "period_days", "expected"),
    [
        ("the whole period", 5000000, 31, 31, 5000000),
        ("what is left of March after a trial of ten days", 5000000, 17, 31, 2741935),
        ("half a cent goes up", 101, 15, 30, 51),
        ("a half that binary division puts below", 29, 15, 30, 15),
        ("no days", 5000000, 0, 31, 0),
        ("more days than the period has", 1000, 33, 30, 1100),
        ("free", 0, 17, 31, 0),
        ("a very large price", 10**30, 1, 3, 333333333333333333333333333333),
    ],
)
def test_days_of_a_period(_case, amount, days, period_days, expected):
    assert prorated_cents(amount, days, period_days).cents == expected


def test_the_precise_amount_keeps_the_fraction():
    assert prorated_cents(5000000, 17, 31).precise_cents.quantize(Decimal("1e-15")) == Decimal(
        "2741935.483870967741935"
    )


@pytest.mark.parametrize(("days", "period_days"), [(-1, 30), (1, 0), (1, -30)])
def test_days_that_are_none_are_refused(days, period_days):
    with pytest.raises(ValueError, match="days"):
        prorated_cents(100, days, period_days)


@given(st.integers(0, 10**15), st.integers(0, 366), st.integers(1, 366))
def test_the_rounded_share_is_the_exact_share_half_up(amount, days, period_days):
    share = Fraction(amount * days, period_days)

    prorated = prorated_cents(amount, days, period_days)

    assert prorated.cents == (share + Fraction(1, 2)).__floor__()
    assert abs(Fraction(prorated.precise_cents) - share) < Fraction(1, 10**15)


@given(st.integers(0, 10**15), st.integers(1, 366))
def test_two_parts_of_a_period_are_at_most_a_cent_off_the_whole(amount, period_days):
    parts = [
        prorated_cents(amount, days, period_days).cents for days in (period_days // 3, period_days - period_days // 3)
    ]

    assert abs(sum(parts) - amount) <= 1
