"""
Proof of the books: what must always be true, each as one SQL query that returns the rows of which it is not.

A second implementation on purpose: it reads the tables, not the services that wrote them. Every floor names its own
invariants in `selectors/audit`; the roof puts them together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

SHOWN = 20
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that is always true. `sql` returns the rows that break it and may ask for %(now)s."""

    name: str
    says: str
    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant, with the first rows that break it."""

    invariant: Invariant
    rows: tuple[Row, ...]


def findings(invariants: Iterable[Invariant], *, now: datetime) -> list[Finding]:
    """Return the broken invariants, all judged on one snapshot that is only read, so the books may be in use."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        judged = [Finding(invariant, _offending(invariant, now)) for invariant in invariants]
    return [finding for finding in judged if finding.rows]


def _offending(invariant: Invariant, now: datetime) -> tuple[Row, ...]:
    with connection.cursor() as cursor:
        statement = f"SELECT * FROM ({invariant.sql}) AS offending LIMIT {SHOWN}"
        cursor.execute(statement, {"now": now, **invariant.params})
        names = [column.name for column in cursor.description]
        return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())
