"""
What answers look like, as types: the API's document is made from them, and mypy holds the code that answers to them.

A shape is a TypedDict, in the app's `api/shapes.py`. A Decimal in it is a number of JSON; decimals that are sent as
text are `DecimalText`.
"""

import enum
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec

Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Day = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]
DecimalText = Annotated[str, msgspec.Meta(pattern=r"^-?\d+(\.\d+)?$")]
Json = Any
Metadata = dict[str, str | None]


def one_of(words: type[enum.Enum]) -> msgspec.Meta:
    """Return what says of a text that it is one of these words."""
    return msgspec.Meta(extra_json_schema={"enum": [word.value for word in words]})


class Page(TypedDict):
    """Where a page of a list stands; the first is 1, and an empty list is on page 0."""

    current_page: int
    next_page: int | None
    prev_page: int | None
    total_pages: int
    total_count: int


class Refusal(TypedDict):
    """Why nothing was done: `code` for programs, `message` for people, `error_details` field by field."""

    status: int
    error: str
    code: str
    message: NotRequired[str]
    error_details: NotRequired[dict[str, Json]]


class GivenFacts(TypedDict):
    """What integrators keep with an object."""

    metadata: Metadata


class KeptFacts(TypedDict):
    """What integrators keep with an object, as it is now."""

    metadata: Metadata | None
