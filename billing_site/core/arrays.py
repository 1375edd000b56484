"""
Many values as one parameter: PostgreSQL's text of an array, for `%s::type[]`.

Django binds parameters at the client, where each of a thousand in `IN (...)` costs more than reading its row does.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models.lookups import Lookup

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\""})


def literal(values: Sequence[Any]) -> str:
    """Return the text of an array of numbers, moments, texts or (as mappings and lists) JSON; None is NULL."""
    # Times, names, terms and nothing at all come again and again: each is written once.
    try:
        known = {value: _element(value) for value in set(values)}
    except TypeError:  # JSON is told by identity
        distinct = {id(value): value for value in values}
        known = {key: _element(value) for key, value in distinct.items()}
        values = [*map(id, values)]
    return "{" + ",".join(map(known.__getitem__, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict | list | tuple):
        value = json.dumps(value)
    return f'"{str(value).translate(_ESCAPES)}"'


class AnyOf(Lookup):  # type: ignore[type-arg]
    """`Model.objects.filter(pk__any_of=keys)`: what `in` finds, for a list or set of keys by the hundred."""

    lookup_name = "any_of"

    def get_prep_lookup(self) -> str:
        """Return the keys as one parameter."""
        return literal(sorted(self.rhs))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Return the condition with its keys in one parameter."""
        column, params = self.process_lhs(compiler, connection)
        kind = "text" if isinstance(self.lhs.output_field, models.CharField) else "bigint"
        return f"{column} = ANY(%s::{kind}[])", (*params, self.rhs)


def register() -> None:
    """Make the lookup known to keys, foreign keys and names."""
    for key in (models.BigAutoField, models.ForeignKey, models.CharField):
        key.register_lookup(AnyOf)
