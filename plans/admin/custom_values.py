"""Values of any kind in a line of text: what reads as JSON is that, everything else is text."""

import json
from decimal import Decimal
from typing import Any

import msgspec

_as_numbers = msgspec.json.Encoder(decimal_format="number")


def read_value(text: str) -> Any:
    """Return a number, a truth, an object or the text itself."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def written_value(value: Any) -> str:
    """Return a value as `read_value` reads it."""
    if isinstance(value, str) and read_value(value) == value and isinstance(read_value(value), str):
        return value
    return _as_numbers.encode(value).decode()


def _refuse(name: str) -> Any:
    raise ValueError(name)
