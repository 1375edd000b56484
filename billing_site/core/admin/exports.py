"""
A list as a file: the rows that are shown, streamed, so that a million of them need no more memory than a few.

Columns are the fields of the row itself: amounts in major units as plain numbers, moments in UTC as ISO 8601 has them.
A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from billing_site.core import money

CHUNK = 1_000
MARK = "\ufeff"  # by which spreadsheets see that it is UTF-8
SECRET = re.compile(r"encrypted|secret|password|hashed|token|_key$|lease")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Column = tuple[str, Callable[[Any], Any]]


class _Line:
    """A file that only hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def response(rows: "QuerySet[Any]", *, exclude: Iterable[str], name: str) -> StreamingHttpResponse:
    """Answer with a file of these rows."""
    columns = columns_of(rows.model, exclude=set(exclude))
    relations = [field.name for field in _fields(rows.model, set(exclude)) if field.is_relation]
    # Joined to what the list reads already, so that naming a related row asks nothing more.
    rows = rows.select_related(*relations, *_joined(rows)) if relations else rows
    answer = StreamingHttpResponse(lines(rows.iterator(chunk_size=CHUNK), columns), content_type="text/csv")
    answer.charset = "utf-8"
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def lines(rows: Iterable[Any], columns: list[Column]) -> Iterator[str]:
    """Yield the heading and a line for each row."""
    writer = csv.writer(_Line())
    yield MARK + writer.writerow([title for title, _ in columns])
    for row in rows:
        yield writer.writerow([cell(read(row)) for _, read in columns])


def cell(value: Any) -> Any:
    """Return a value as it stands in the file: no text of anybody's begins a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"'{text}" if text.startswith(_FORMULA) else text


def columns_of(model: type[models.Model], *, exclude: set[str]) -> list[Column]:
    """Return the columns of a kind of rows: title and how to read it. Secrets are none."""
    return [column for field in _fields(model, exclude) for column in _columns(field)]


def _fields(model: type[models.Model], exclude: set[str]) -> list[Any]:
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in exclude and not SECRET.search(field.name) and not isinstance(field, models.BinaryField)
    ]


def _columns(field: Any) -> Iterator[Column]:
    title = field.name
    if field.is_relation:
        yield title, lambda row: _text(getattr(row, field.name))
        if any(other.name == "external_id" for other in field.related_model._meta.concrete_fields):
            yield f"{title}_external_id", lambda row: getattr(getattr(row, field.name), "external_id", "")
    elif field.name.endswith("_cents") and _currency_of(field.model):
        yield title.removesuffix("_cents"), lambda row: _amount(row, field.attname)
    else:
        yield title, lambda row: getattr(row, field.attname)


def _text(related: Any) -> str | None:
    return None if related is None else str(related)


def _currency_of(model: Any) -> str:
    names = {field.name for field in model._meta.concrete_fields}
    return next((name for name in ("currency", "amount_currency", "balance_currency") if name in names), "")


def _amount(row: Any, name: str) -> Any:
    cents, currency = getattr(row, name), getattr(row, _currency_of(type(row)))
    return cents if cents is None or not currency else money.to_amount(cents, currency)


def _joined(rows: "QuerySet[Any]") -> list[str]:
    """Return the relations that the list reads with its rows, as select_related takes them."""
    joined = rows.query.select_related
    return list(_paths(joined)) if isinstance(joined, dict) else []


def _paths(tree: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, below in tree.items():
        yield f"{before}{name}"
        yield from _paths(below, f"{before}{name}__")
