"""
Which filter of a charge an event belongs to: exactly one, or none (then the charge itself prices it).

| among the filters that an event matches | wins |
|---|---|
| one names more properties | that one |
| as many properties, one allows fewer values | that one |
| the same | the older one |
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

ALL_VALUES = "__ALL_FILTER_VALUES__"


@dataclass(frozen=True, slots=True)
class FilterTerms:
    """A filter: `key` is its row's, smaller for older ones; `values` are the allowed values by property."""

    key: int
    values: Mapping[str, tuple[str, ...]]


def expanded(values: Mapping[str, Sequence[str]], known: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the allowed values with the mark for all values replaced by those that the metric knows."""
    return {
        name: tuple(known.get(name, ())) if list(allowed) == [ALL_VALUES] else tuple(allowed)
        for name, allowed in values.items()
    }


def narrowest_first(filters: Sequence[FilterTerms]) -> list[FilterTerms]:
    """Return the filters in the order in which they claim events."""
    return sorted(filters, key=_claim)


def preceding(filter: FilterTerms, filters: Sequence[FilterTerms]) -> tuple[FilterTerms, ...]:
    """Return the filters that claim some of this filter's events before it does."""
    claims = _claim(filter)
    return tuple(other for other in narrowest_first(filters) if _claim(other) < claims and _may_meet(filter, other))


def claimant(properties: Mapping[str, Any], filters: Sequence[FilterTerms]) -> FilterTerms | None:
    """Return the filter that an event with these properties belongs to."""
    texts = {name: property_text(value) for name, value in properties.items()}
    return next((item for item in narrowest_first(filters) if _matches(texts, item)), None)


def property_text(value: Any) -> str | None:
    """Return a property's value as the text that filters and groups compare, None for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, separators=(", ", ": "), default=str)


def _claim(filter: FilterTerms) -> tuple[int, int, int]:
    return -len(filter.values), sum(len(allowed) for allowed in filter.values.values()), filter.key


def _matches(texts: Mapping[str, str | None], filter: FilterTerms) -> bool:
    return all(texts.get(name) in allowed for name, allowed in filter.values.items())


def _may_meet(one: FilterTerms, other: FilterTerms) -> bool:
    shared = one.values.keys() & other.values.keys()
    return all(not set(one.values[name]).isdisjoint(other.values[name]) for name in shared)
