from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.calculations.rounding import rounded_units


@pytest.mark.parametrize(
    ("_case", "units", "function", "precision", "expected"),
    [
        ("no function", "12.345", None, 2, "12.345"),
        ("an empty function", "12.345", "", 2, "12.345"),
        ("a half goes up", "2.5", "round", 0, "3"),
        ("a negative half goes away from zero", "-2.5", "round", 0, "-3"),
        ("two decimals", "12.345", "round", 2, "12.35"),
        ("hundreds", "1250", "round", -2, "1300"),
        ("up", "2.01", "ceil", 0, "3"),
        ("up to two decimals", "2.011", "ceil", 2, "2.02"),
        ("up to hundreds", "1201", "ceil", -2, "1300"),
        ("up from below zero", "-2.9", "ceil", 0, "-2"),
        ("down", "2.99", "floor", 0, "2"),
        ("down to hundreds", "1299", "floor", -2, "1200"),
        ("down from below zero", "-2.1", "floor", 0, "-3"),
        ("no precision is none", "2.4", "round", None, "2"),
        ("already round", "7", "ceil", 3, "7"),
        ("more decimals than there are", "7.125", "floor", 30, "7.125"),
        ("thirty digits", "123456789012345678901234567890.5", "round", 0, "123456789012345678901234567891"),
    ],
)
def test_units_are_rounded_as_the_metric_says(_case, units, function, precision, expected):
    assert rounded_units(Decimal(units), function, precision) == Decimal(expected)


def test_nothing_is_never_minus_nothing():
    assert str(rounded_units(Decimal("-0.4"), "round", 0)) == "0"


def test_an_unknown_function_is_refused():
    with pytest.raises(ValueError, match="no way of rounding"):
        rounded_units(Decimal(1), "truncate", 0)


@given(st.decimals(-(10**20), 10**20, places=10), st.sampled_from(["round", "ceil", "floor"]), st.integers(-6, 12))
def test_rounding_moves_by_less_than_a_step_and_only_once(units, function, precision):
    step = Fraction(10) ** -precision

    rounded = rounded_units(units, function, precision)

    assert Fraction(rounded) % step == 0
    assert abs(Fraction(rounded) - Fraction(units)) < step
    assert rounded_units(rounded, function, precision) == rounded
