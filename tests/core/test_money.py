from decimal import Decimal, getcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_site.core import money

amounts = st.decimals(min_value=-(10**30), max_value=10**30, places=15)


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("RSD", 2), ("ISK", 0), ("IQD", 3), ("MGA", 2), ("HUF", 2)],
)
def test_exponents_are_those_of_iso_4217(currency, expected):
    assert money.exponent(currency) == expected


@pytest.mark.parametrize("unknown", ["", "eur", "EURO", "XXX", "XAU"])
def test_an_unknown_currency_is_refused(unknown):
    with pytest.raises(ValueError, match="no currency"):
        money.exponent(unknown)


def test_the_table_has_each_code_once():
    assert len(money.CURRENCIES) == sum(len(codes.split()) for codes in money._CODES_BY_EXPONENT.values())
    assert {code for code in money.CURRENCIES if len(code) != 3 or not code.isupper()} == set()


@pytest.mark.parametrize(
    ("_case", "amount", "expected"),
    [
        ("just below a half", "0.4999999999999999999999999999999", 0),
        ("a half goes up", "0.5", 1),
        ("not to the even neighbour", "2.5", 3),
        ("a negative half goes down", "-0.5", -1),
        ("a negative half goes away from zero", "-2.5", -3),
        ("an exponent", "1E+30", 10**30),
        ("a whole number", "7", 7),
    ],
)
def test_half_goes_away_from_zero(_case, amount, expected):
    assert money.round_half_up(Decimal(amount)) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("51.2345", "EUR", 5123),
        ("51.235", "EUR", 5124),
        ("51.5", "JPY", 52),
        ("1.2345", "KWD", 1235),
        ("1.23455", "CLF", 12346),
        ("-0.005", "EUR", -1),
        ("1000000000000000000000000000000.005", "EUR", 10**32 + 1),
    ],
)
def test_to_cents_rounds_once_to_the_minor_unit(amount, currency, expected):
    assert money.to_cents(Decimal(amount), currency) == expected


def test_to_amount_keeps_the_minor_units():
    assert [str(money.to_amount(1250, code)) for code in ("EUR", "JPY", "KWD", "CLF")] == [
        "12.50", "1250", "1.250", "0.1250",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12", "12.0"), ("12.50", "12.5"), ("1E+3", "1000.0"), ("1E-7", "0.0000001"), ("0", "0.0"), ("-0.10", "-0.1")],
)
def test_plain_writes_no_exponent_and_one_decimal_at_least(value, expected):
    assert money.plain(Decimal(value)) == expected


@given(amounts)
def test_rounding_is_never_more_than_half_a_unit_off(amount):
    rounded = money.round_half_up(amount)

    assert abs(Fraction(amount) - rounded) <= Fraction(1, 2)
    assert money.round_half_up(-amount) == -rounded


@given(st.integers(-(10**30), 10**30), st.sampled_from(sorted(money.CURRENCIES)))
def test_minor_units_survive_the_way_there_and_back(cents, currency):
    assert money.to_cents(money.to_amount(cents, currency), currency) == cents


@pytest.mark.parametrize(
    ("_case", "total", "weights", "expected"),
    [
        ("three equal shares", 100, [1, 1, 1], [33, 34, 33]),
        ("a weight of zero gets nothing", 100, [0, 3, 0, 1], [0, 75, 0, 25]),
        ("a debt", -100, [1, 1, 1], [-33, -34, -33]),
        ("nothing to share", 0, [1, 2], [0, 0]),
        ("less than there are shares", 1, [1, 1, 1], [0, 1, 0]),
    ],
)
def test_allocate(_case, total, weights, expected):
    assert money.allocate(total, weights) == expected


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_allocate_refuses_weights_that_say_nothing(weights):
    with pytest.raises(ValueError, match="weights"):
        money.allocate(10, weights)


@given(
    st.integers(-(10**20), 10**20),
    st.lists(st.integers(0, 10**12), min_size=1).filter(lambda weights: sum(weights) > 0),
)
def test_allocated_parts_add_up_and_are_less_than_one_unit_off(total, weights):
    parts = money.allocate(total, weights)

    assert sum(parts) == total
    assert all(
        abs(part - Fraction(total * weight, sum(weights))) <= 1 for part, weight in zip(parts, weights, strict=True)
    )
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@pytest.mark.parametrize(
    ("_case", "total", "parts", "expected"),
    [
        ("halves that would both go up", 1, ["0.5", "0.5"], [1, 0]),
        ("the largest remainder comes first", 2, ["0.4", "0.7", "0.9"], [0, 1, 1]),
        ("already whole", 5, ["2", "3"], [2, 3]),
        ("a negative part", 0, ["-0.6", "0.6"], [-1, 1]),
        ("no rows", 0, [], []),
    ],
)
def test_largest_remainder(_case, total, parts, expected):
    assert money.largest_remainder(total, [Decimal(part) for part in parts]) == expected


def test_largest_remainder_needs_parts_for_a_total():
    with pytest.raises(ValueError, match="no parts"):
        money.largest_remainder(1, [])


@given(st.lists(st.decimals(-(10**12), 10**12, places=15), min_size=1))
def test_parts_rounded_by_largest_remainder_add_up_and_stay_within_one_unit(parts):
    total = money.round_half_up(sum(parts, Decimal(0)))

    rounded = money.largest_remainder(total, parts)

    assert sum(rounded) == total
    assert all(abs(Fraction(part) - whole) <= 1 for part, whole in zip(parts, rounded, strict=True))


def test_exact_does_not_touch_the_callers_context():
    before = getcontext().prec

    assert money.exact(lambda: getcontext().prec)() == 60
    assert getcontext().prec == before
