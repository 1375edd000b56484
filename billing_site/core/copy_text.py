"""
Values as COPY's text format writes them, a whole column at a time.

Columns and not rows, since what a column has in common is then found out once: its type, that nothing in it needs an
escape, that its values repeat (moments, rates, and the seller that a thousand invoices share).
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from django.db import connection, models
from psycopg.adapt import PyFormat, Transformer

Column = Sequence[Any]
Pack = Callable[[Column], list[str]]
NULL = r"\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_encode = msgspec.json.Encoder().encode
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_NUMBERS = models.IntegerField, models.DecimalField, models.BooleanField, models.ForeignKey


def packer(field: "models.Field[Any, Any]") -> Pack:
    """Return what writes a column of a field's values, as its Python objects have them."""
    return partial(_packed, _packer(field))


def _packed(pack: Pack, column: Column) -> list[str]:
    # Most columns of a run's rows hold one and the same: nothing, a default, this moment.
    return pack(column[:1]) * len(column) if _is_same(column) else pack(column)


def _is_same(column: Column) -> bool:
    # Equal decimals may be written differently (1.0 and 1.00): no matter, a column has one scale.
    first = column[0]
    if isinstance(first, dict | list):  # of which equal ones may be written differently: {"a": 1} and {"a": true}
        return len(set(map(id, column))) == 1
    return column[-1] is first and column.count(first) == len(column)


def _packer(field: "models.Field[Any, Any]") -> Pack:
    if isinstance(field, _NUMBERS):
        return _plain
    if isinstance(field, models.UUIDField):
        return _ids
    if isinstance(field, models.DateField):  # a datetime is a date too
        return _repeated
    if isinstance(field, models.JSONField) and field.encoder is None:
        return _json
    if isinstance(field, models.CharField | models.TextField):
        return _text
    return partial(_other, field)


def lines(columns: Sequence[Sequence[str]]) -> bytes:
    """Return the rows of these columns as COPY reads them."""
    return ("\n".join(map("\t".join, zip(*columns, strict=True))) + "\n").encode()


def _plain(column: Column) -> list[str]:
    return [NULL if value is None else str(value) for value in column]


def _ids(column: Column) -> list[str]:
    return [NULL if value is None else f"{value.int:032x}" for value in column]


def _repeated(column: Column) -> list[str]:
    known = {value: NULL if value is None else str(value) for value in set(column)}
    return [known[value] for value in column]


def _text(column: Column) -> list[str]:
    # A choice is a kind of text whose plain form only `str` gives.
    return _escaped([NULL if value is None else str(value) for value in column], column)


def _json(column: Column) -> list[str]:
    # JSON itself escapes all that COPY would take for the end of a value, by backslashes.
    return [NULL if value is None else _encode(value).decode().replace("\\", r"\\") for value in column]


def _escaped(texts: list[str], column: Column) -> list[str]:
    if not _SPECIAL.search("".join(map(str, filter(None, column)))):
        return texts
    return [NULL if value is None else text.translate(_ESCAPES) for text, value in zip(texts, column, strict=True)]


def _other(field: "models.Field[Any, Any]", column: Column) -> list[str]:
    """Return what psycopg makes of values such as arrays."""
    transformer = Transformer(connection.connection)
    prepared = [field.get_db_prep_save(value, connection) for value in column]
    return [NULL if value is None else _dumped(value, transformer).translate(_ESCAPES) for value in prepared]


def _dumped(value: Any, transformer: Any) -> str:
    return bytes(transformer.get_dumper(value, PyFormat.TEXT).dump(value) or b"").decode()
