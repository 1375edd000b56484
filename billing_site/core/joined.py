"""
Whole objects of several models from one prepared statement.

For reads that a client waits for: there the ORM takes longer to write its SQL than the server to answer it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

from billing_site.core import bulk, prepared

Converter = Callable[[Any], Any]


def columns(model: type[models.Model], alias: str) -> str:
    """Return the columns of a model's table, in the order in which `read` takes them."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def read(
    statement: str, values: Sequence[Any] | Mapping[str, Any], *kinds: type[models.Model]
) -> list[tuple[list[Any], tuple[Any, ...]]]:
    """
    Return for each row its objects, one of each kind (None where the join found none), and what else was selected.

    The statement selects the `columns` of each kind, in this order, and then whatever it likes.
    """
    shapes = [_shape(kind) for kind in kinds]
    with prepared.run(statement, values) as cursor:
        rows = cursor.fetchall()
    return [_objects(row, kinds, shapes) for row in rows]


def _objects(
    row: tuple[Any, ...], kinds: Sequence[type[models.Model]], shapes: Sequence[tuple[list[str], dict[int, Converter]]]
) -> tuple[list[Any], tuple[Any, ...]]:
    found: list[Any] = []
    start = 0
    for kind, (names, converters) in zip(kinds, shapes, strict=True):
        part = list(row[start : start + len(names)])
        start += len(names)
        if part[0] is None:
            found.append(None)
            continue
        for place, convert in converters.items():
            part[place] = convert(part[place])
        found.append(bulk.known(kind, dict(zip(names, part, strict=True))))
    return found, row[start:]


@cache
def _shape(model: type[models.Model]) -> tuple[list[str], dict[int, Converter]]:
    """Return the attributes in order (the key is the first), and what is to be done to values by their places."""
    fields = list(model._meta.concrete_fields)
    converters = {place: _converter(field) for place, field in enumerate(fields) if hasattr(field, "from_db_value")}
    return [str(field.attname) for field in fields], converters


def _converter(field: Any) -> Converter:
    return lambda value: field.from_db_value(value, None, connection)
