"""Usage split by properties that change no price: asked for along with the usage itself, and told beside it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from metering.selectors.usage import Usage, UsageQuery


class PartKey(NamedTuple):
    """The key under which the parts of the answer to a question, by its number, are found."""

    number: int


def split(query: UsageQuery, number: int, keys: Iterable[str]) -> list[UsageQuery]:
    """Return the question once more, split by these properties too; none if that says nothing new."""
    others = [key for key in keys if key not in query.group_keys]
    if not others:
        return []
    return [replace(query, key=PartKey(number), group_keys=(*query.group_keys, *others), with_values=False)]


def parts_of(usage: Usage, parts: Iterable[Usage]) -> Sequence[Usage]:
    """Return the parts that belong to a group of usage, without the group's own keys, ordered by their values."""
    group = usage.grouped_by
    found = [
        replace(part, grouped_by={key: value for key, value in part.grouped_by.items() if key not in group})
        for part in parts
        if part.grouped_by.items() >= group.items()
    ]
    return sorted(found, key=lambda part: sorted(part.grouped_by.items()))
