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
    try:
        # Times, names and nothing at all come again and again.
        known = {value: _element(value) for value in set(values)}
    except TypeError:  # JSON
        return "{" + ",".join(map(_element, values)) + "}"
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
        return f"{column} = ANY(%s::bigint[])", (*params, self.rhs)


def register() -> None:
    """Make the lookup known to keys and foreign keys."""
    for key in (models.BigAutoField, models.ForeignKey):
        key.register_lookup(AnyOf)
