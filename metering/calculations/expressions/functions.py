"""What can be done with values."""

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from metering.calculations.expressions.values import MAX_ROUNDING, MAX_TEXT, Value, number_of, refuse, text_of

MOST = 2_000


def operate(sign: str, left: Decimal, right: Decimal) -> Decimal:
    """
    Return the result of `+ - * /`.

    :raises ExpressionError: for a division by zero
    """
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if not right:
        refuse("division_by_zero", "A division by zero has no result.")
    return left / right


def _rounding(mode: str) -> Callable[[Sequence[Value]], Value]:
    def run(arguments: Sequence[Value]) -> Value:
        number = number_of(arguments[0])
        decimals = number_of(arguments[1]) if len(arguments) > 1 else Decimal(0)
        if decimals != int(decimals) or abs(decimals) > MAX_ROUNDING:
            refuse("invalid_precision", f"Decimals are a whole number up to {MAX_ROUNDING}.")
        places = int(decimals)
        return number.scaleb(places).to_integral_value(mode).scaleb(-places) + 0

    return run


def _concat(arguments: Sequence[Value]) -> Value:
    parts = [text_of(argument) for argument in arguments]
    if sum(map(len, parts)) > MAX_TEXT:
        refuse("text_too_long", f"A text has at most {MAX_TEXT} characters.")
    return "".join(parts)


class _Function(NamedTuple):
    run: Callable[[Sequence[Value]], Value]
    fewest: int
    most: int


FUNCTIONS = {
    "concat": _Function(_concat, 1, MOST),
    "round": _Function(_rounding(ROUND_HALF_UP), 1, 2),
    "ceil": _Function(_rounding(ROUND_CEILING), 1, 2),
    "floor": _Function(_rounding(ROUND_FLOOR), 1, 2),
    "min": _Function(lambda arguments: min(map(number_of, arguments)), 1, MOST),
    "max": _Function(lambda arguments: max(map(number_of, arguments)), 1, MOST),
}
COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}
