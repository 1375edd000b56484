"""
The defences that the schema promises, looked up in PostgreSQL's own catalogue: all there, valid and switched on.

What models declare is read from them; what migrations made in SQL, each floor lists in its `selectors/audit`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Model

from billing_site.core.audit import Invariant

Named = tuple[str, str]  # table, name

_NAMED = """
    SELECT expected.tab, expected.name FROM unnest(%(tables)s::text[], %(names)s::text[]) AS expected(tab, name)
    WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = name AND conrelid = to_regclass(tab))
      AND NOT EXISTS (SELECT 1 FROM pg_index JOIN pg_class ON oid = indexrelid
                      WHERE relname = name AND indrelid = to_regclass(tab))
"""
_FOREIGN_KEYS = """
    SELECT expected.tab, expected.name FROM unnest(%(tables)s::text[], %(names)s::text[]) AS expected(tab, name)
    WHERE NOT EXISTS (
        SELECT 1 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
        WHERE c.contype = 'f' AND c.conrelid = to_regclass(tab) AND a.attname = name)
"""
_UNIQUE_COLUMNS = """
    SELECT expected.tab, expected.name FROM unnest(%(tables)s::text[], %(names)s::text[]) AS expected(tab, name)
    WHERE NOT EXISTS (
        SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND i.indkey::text = a.attnum::text
        WHERE i.indisunique AND i.indpred IS NULL AND i.indrelid = to_regclass(tab) AND a.attname = name)
"""
_TRIGGERS = """
    SELECT expected.tab, expected.name FROM unnest(%(tables)s::text[], %(names)s::text[]) AS expected(tab, name)
    WHERE NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = name AND tgrelid = to_regclass(tab) AND tgenabled <> 'D')
"""
_VALID = """
    SELECT conrelid::regclass::text AS tab, conname::text AS name, 'constraint not validated' AS fault
        FROM pg_constraint WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
    UNION ALL
    SELECT indrelid::regclass::text, indexrelid::regclass::text, 'index not valid'
        FROM pg_index JOIN pg_class ON oid = indexrelid
        WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace
    UNION ALL
    SELECT tgrelid::regclass::text, tgname::text, 'trigger switched off'
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE tgenabled = 'D' AND relnamespace = current_schema()::regnamespace
"""
_SAFE = """
    SELECT name, setting FROM pg_settings
    WHERE %(durable)s AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
"""


def defences(
    labels: Iterable[str], *, triggers: Sequence[Named], constraints: Sequence[Named], is_durable: bool
) -> list[Invariant]:
    """
    Return what must stand in the catalogue for the models of these apps, besides what their migrations made in SQL.

    `is_durable` is False only where a database is meant to lose its commits in a crash (tests).
    """
    wanted = set(labels)
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in wanted]
    managed = [model for model in found if model._meta.managed]
    named = [*constraints, *(item for model in managed for item in _named(model))]
    unique = [(_table(model), column.column) for model in managed for column in _columns(model) if column.unique]
    keys = [
        (_table(model), column.column)
        for model in managed
        for column in _columns(model)
        if getattr(column, "db_constraint", False)
    ]
    return [
        Invariant("constraints_stand", "Every constraint and index of the schema is there.", _NAMED, _pairs(named)),
        Invariant("foreign_keys_stand", "Every foreign key is there.", _FOREIGN_KEYS, _pairs(keys)),
        Invariant("unique_columns_stand", "Every unique column has its index.", _UNIQUE_COLUMNS, _pairs(unique)),
        Invariant("triggers_stand", "Every protecting trigger is there and switched on.", _TRIGGERS, _pairs(triggers)),
        Invariant("defences_are_on", "No constraint, index or trigger is invalid or switched off.", _VALID),
        Invariant("commits_last", "The server keeps what it has committed.", _SAFE, {"durable": is_durable}),
        Invariant("numbers_are_numbers", "No amount or quantity is NaN.", _not_a_number(managed)),
    ]


def _not_a_number(managed: Iterable[type[Model]]) -> str:
    """Return a query for NaN, which PostgreSQL holds to be greater than every number, in all decimal columns."""
    return " UNION ALL ".join(
        f"SELECT '{_table(model)}' AS tab, '{column.column}' AS col, id FROM {_table(model)}"
        f" WHERE \"{column.column}\" = 'NaN'"
        for model in managed
        for column in _columns(model)
        if isinstance(column, models.DecimalField)
    )


def _named(model: type[Model]) -> Iterator[Named]:
    for item in (*model._meta.constraints, *model._meta.indexes):
        yield _table(model), item.name


def _columns(model: type[Model]) -> list[Any]:
    return list(model._meta.local_concrete_fields)


def _table(model: type[Model]) -> str:
    return str(model._meta.db_table)


def _pairs(pairs: Sequence[Named]) -> dict[str, list[str]]:
    return {"tables": [table for table, _ in pairs], "names": [name for _, name in pairs]}
