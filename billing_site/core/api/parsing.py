"""
JSON in: what would make trouble later is refused at the door, as malformed (400).

Bounds: depth 32, 40 characters a number, no NaN or Infinity, no NUL, no lone surrogate, no key twice. Numbers with a
point become Decimal.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 40
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class StrictJSONParser(JSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """
        Return the body as Python values.

        :raises ParseError: with the reason
        """
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise ParseError("The body is too large.")
        return decode(raw)


def decode(raw: bytes) -> Any:
    """
    Return JSON as Python values.

    :raises ParseError: if it is malformed or beyond the bounds
    """
    try:
        text = raw.decode()
        _check_depth(text)
        value = json.loads(
            text,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except (UnicodeError, ValueError) as error:
        raise ParseError(f"JSON parse error: {error}") from error
    _check_text(text, value)
    return value


def _check_depth(text: str) -> None:
    depth = 0
    for match in _BRACKETS.finditer(text):
        token = match.group()
        if token in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("nested too deeply")
        elif token in "]}":
            depth -= 1


def _check_text(text: str, value: Any) -> None:
    """Refuse NUL and lone surrogates, which PostgreSQL cannot store; they can only come from escapes."""
    if "\\u" in text or "\x00" in text:
        plain = json.dumps(value, ensure_ascii=False, default=str)
        if "\x00" in plain or "\\u0000" in plain or any("\ud800" <= character <= "\udfff" for character in plain):
            raise ParseError("JSON parse error: a character that is not allowed")


def _number(token: str) -> Decimal:
    if len(token) > MAX_NUMBER_LENGTH:
        raise ValueError("a number is too long")
    number = Decimal(token)
    if number and abs(number.adjusted()) > MAX_NUMBER_LENGTH:
        raise ValueError("a number is out of range")
    return number


def _integer(token: str) -> int:
    if len(token) > MAX_NUMBER_LENGTH:
        raise ValueError("a number is too long")
    return int(token)


def _refuse_constant(token: str) -> NoReturn:
    raise ValueError(f"{token} is not a number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return found
