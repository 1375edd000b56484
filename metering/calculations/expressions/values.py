"""Numbers and texts, within bounds."""

import re
from decimal import Decimal
from typing import NoReturn

MAX_TEXT = 1_000
MAX_DECIMALS = 30  # what usage reads of a number, and what a result is rounded to
MAX_ROUNDING = 15
LARGEST_RESULT = Decimal(10) ** 15
LARGEST_ON_THE_WAY = Decimal(10) ** 30

Value = Decimal | str


class ExpressionError(ValueError):
    """A text that is no expression, or one that has no value for an event; `code` is a word for programs."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def refuse(code: str, message: str) -> NoReturn:
    """
    Give up.

    :raises ExpressionError: always
    """
    raise ExpressionError(code, message)


def bounded(number: Decimal) -> Decimal:
    """Return a number of sane size; what is too small to matter is nothing."""
    if abs(number) >= LARGEST_ON_THE_WAY:
        refuse("number_out_of_range", "A number on the way is too large.")
    return number if number.adjusted() > -60 else Decimal(0)


def has_more_decimals(number: Decimal) -> bool:
    """Test if a number has more decimals than are kept."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent < -MAX_DECIMALS


def short(text: str) -> str:
    """Return a text of sane length."""
    if len(text) > MAX_TEXT:
        refuse("text_too_long", f"A text has at most {MAX_TEXT} characters.")
    return text


_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def is_number(value: Value) -> bool:
    """Test if a value is a number, or written as one."""
    return isinstance(value, Decimal) or bool(_NUMBER.fullmatch(value))


def number_of(value: Value) -> Decimal:
    """Return a value as a number."""
    if isinstance(value, str):
        if not is_number(value):
            refuse("not_a_number", f'"{value[:50]}" is no number.')
        return bounded(Decimal(value))
    return value


def text_of(value: Value) -> str:
    """Return a value as a text, a number without needless zeros."""
    if isinstance(value, str):
        return value
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def given(found: object) -> Value:
    """Return what an event holds as a value: numbers exactly, true and false as texts, objects and lists not at all."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, Decimal | int | float):
        number = Decimal(str(found)) if isinstance(found, float) else Decimal(found)
        if not number.is_finite():
            refuse("not_a_number", "A number is not finite.")
        return bounded(number)
    if isinstance(found, str):
        return short(found)
    refuse("not_a_value", "An object or a list is no value.")
