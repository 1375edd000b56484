"""The language of expressions: what it says, what it refuses, and that it always ends."""

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metering.calculations.expressions import Expression, ExpressionError, parse
from metering.calculations.expressions.functions import FUNCTIONS

PROPERTIES = {"gb": "10", "price": Decimal("0.25"), "count": 3, "name": "eu", "zero": 0, "on": True, "none": None,
              "deep": {"er": 7}, "list": [1], "huge": 10**29}  # fmt: skip
SCOPE = {"event": {"code": "storage", "timestamp": 1_700_000_000, "properties": PROPERTIES}}


def value(text):
    return parse(text).evaluate(SCOPE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("12 / 4 / 3", 1),
        ("-2 * -3", 6),
        ("--2", 2),
        ("2 - -3", 5),
        ("0.1 + 0.2", Decimal("0.3")),
        ("1 / 3", Decimal("0." + "3" * 30)),
        ("event.properties.gb * event.properties.price", Decimal("2.5")),
        ("event.properties.deep.er", 7),
        ("event.timestamp + 1", 1_700_000_001),
        ("event.code", "storage"),
        ("concat(event.code, '-', event.properties.gb, \"/\", 1.50)", "storage-10/1.5"),
        ("concat(event.properties.on)", "true"),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(2.345, 2)", Decimal("2.35")),
        ("round(1234, -2)", 1200),
        ("ceil(1.01)", 2),
        ("ceil(1.001, 2)", Decimal("1.01")),
        ("floor(-1.5)", -2),
        ("min(3, event.properties.count - 1, 9)", 2),
        ("max(3, '4')", 4),
        ("if(event.properties.count > 2, 1, 1 / 0)", 1),
        ("if(event.properties.name == 'eu', 1, 2)", 1),
        ("if('1.0' == 1, 'same', 'other')", "same"),
    ],
)
def test_values(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid_expression"),
        ("1 +", "invalid_expression"),
        ("(1", "invalid_expression"),
        ("1)", "invalid_expression"),
        ("9**9**9", "invalid_expression"),
        ("1e9", "invalid_expression"),
        ("1 2", "invalid_expression"),
        ("a = 1", "invalid_expression"),
        ("event", "invalid_expression"),
        ("event.properties", "invalid_expression"),
        ("event.__class__", "invalid_expression"),
        ("event.properties.gb.__class__", "missing_property"),
        ("event.properties.deep.__class__", "missing_property"),
        ("gb", "invalid_expression"),
        ("__import__('os')", "invalid_expression"),
        ("open('x')", "invalid_expression"),
        ("round()", "invalid_expression"),
        ("round(1, 2, 3)", "invalid_expression"),
        ("round(1, 0.5)", "invalid_precision"),
        ("round(1, 999999999999)", "invalid_precision"),
        ("if(1, 2, 3)", "invalid_expression"),
        ("1 < 2", "invalid_expression"),
        ("event.properties.zero / event.properties.zero", "division_by_zero"),
        ("1 / (event.properties.gb - 10)", "division_by_zero"),
        ("event.properties.name + 1", "not_a_number"),
        ("event.properties.none", "missing_property"),
        ("event.properties.other", "missing_property"),
        ("event.properties.list", "not_a_value"),
        ("event.properties.huge", "number_out_of_range"),
        ("event.properties.huge * event.properties.huge", "number_out_of_range"),
        ("1" * 31, "invalid_expression"),
        ("1+" * 1000 + "1", "invalid_expression"),
        ("(" * 500 + "1" + ")" * 500, "invalid_expression"),
        ("round(" * 300 + "1" + ")" * 300, "invalid_expression"),
        ("'" + "x" * 1001 + "'", "text_too_long"),
        ("concat(" + ",".join(["'" + "x" * 200 + "'"] * 6) + ")", "text_too_long"),
    ],
)
def test_what_has_no_value_says_why(text, code):
    with pytest.raises(ExpressionError) as caught:
        value(text)
    assert caught.value.code == code
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "text",
    ["-" * 1999 + "1", "1" + "-1" * 990, "1" + "*9" * 15, "(" * 40 + "1" + ")" * 40, "concat(" + "1," * 900 + "1)"],
)
def test_long_and_deep_ones_within_bounds_have_a_value(text):
    assert isinstance(value(text), Decimal | str)


pieces = st.one_of(
    st.sampled_from(["+", "-", "*", "/", "(", ")", ",", "<", "==", "if(", "'", '"', " ", ".", "**", "\x00", "\ud800"]),
    st.sampled_from([f"{name}(" for name in FUNCTIONS]),
    st.sampled_from([f"event.properties.{name}" for name in PROPERTIES] + ["event.code", "event.timestamp", "event"]),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.integers(0, 10**20).map(str),
    st.text(max_size=5),
)


@settings(max_examples=400)
@given(st.lists(pieces, max_size=60).map("".join))
def test_any_text_is_a_value_or_an_error_of_its_own(text):
    began = time.process_time()
    try:
        found = value(text)
    except ExpressionError:
        return
    finally:
        assert time.process_time() - began < 1
    assert isinstance(found, str) or abs(found) < 10**15


numbers = st.decimals(-1000, 1000, places=3).map(lambda number: f"({format(number, 'f')})")
sums = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({''.join(parts)})"),
        st.tuples(st.sampled_from(["round", "ceil", "floor"]), inner, st.integers(-5, 5)).map(
            lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
        ),
        st.lists(inner, min_size=1, max_size=4).map(lambda parts: f"max({', '.join(parts)})"),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(sums)
def test_what_is_well_formed_is_a_number_or_cannot_be(text):
    try:
        expression = parse(text)
        assert isinstance(expression, Expression)
        assert isinstance(expression.evaluate(SCOPE), Decimal)
    except ExpressionError as error:
        assert error.code in ("division_by_zero", "number_out_of_range") or len(text) > 2000  # noqa: PT017


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.decimals()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
)


@given(json_values, st.sampled_from(["+ 1", "* 9", "", "/ 3"]))
def test_any_property_is_a_value_or_an_error_of_its_own(held, rest):
    scope = {"event": {"code": "c", "timestamp": 1, "properties": {"x": held}}}
    for text in (f"event.properties.x {rest}", "concat(event.properties.x)", "round(event.properties.x, 1)"):
        try:
            parse(text).evaluate(scope)
        except ExpressionError:
            continue
