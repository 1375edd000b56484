"""
Values as COPY's text format writes them, a whole column at a time.

Columns and not rows, since what a column has in common is then found out once: its type, that nothing in it needs an
escape, that its values repeat (moments, rates, and the seller that a thousand invoices share).
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import connection, models
from psycopg.adapt import PyFormat, Transformer

Column = Sequence[Any]
Pack = Callable[[Column], list[str]]
NULL = r"\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_NUMBERS = models.IntegerField, models.BooleanField, models.ForeignKey, models.UUIDField
_REPEATED = models.DecimalField, models.DateField  # a datetime is a date too


def packer(field: "models.Field[Any, Any]") -> Pack:
    """Return what writes a column of a field's values, as its Python objects have them."""
    if isinstance(field, _NUMBERS):
        return _plain
    if isinstance(field, _REPEATED):
        return _repeated
    if isinstance(field, models.JSONField):
        return partial(_json, encoder=json.JSONEncoder if field.encoder is None else field.encoder)
    if isinstance(field, models.CharField | models.TextField):
        return _text
    return partial(_other, field)


def lines(columns: Sequence[Sequence[str]]) -> bytes:
    """Return the rows of these columns as COPY reads them."""
    return ("\n".join(map("\t".join, zip(*columns, strict=True))) + "\n").encode()


def _plain(column: Column) -> list[str]:
    return [NULL if value is None else str(value) for value in column]


def _repeated(column: Column) -> list[str]:
    # Equal decimals may be written differently (1.0 and 1.00): no matter, a column has one scale.
    known = {value: NULL if value is None else str(value) for value in set(column)}
    return [known[value] for value in column]


def _text(column: Column) -> list[str]:
    # A choice is a kind of text whose plain form only `str` gives.
    return _escaped([NULL if value is None else str(value) for value in column], column)


def _json(column: Column, *, encoder: type[json.JSONEncoder]) -> list[str]:
    # By identity, so that an object that many rows share is written once.
    encode = encoder().encode
    known = {key: _written(value, encode) for key, value in {id(value): value for value in column}.items()}
    return [known[id(value)] for value in column]


def _written(value: Any, encode: Callable[[Any], str]) -> str:
    if value is None:
        return NULL
    if value == {}:
        return "{}"
    return encode(value).translate(_ESCAPES)


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
