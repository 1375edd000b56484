"""
Search in lists: what begins with the words, by indexes alone.

Django would ask for rows of which each single word begins a field, over a join that no index serves. Here the words
stay together, and what is found by a related row (an invoice by its customer) is looked up there first.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

MOST_RELATED = 200  # rows that a search goes on from; who means one of more types another letter


def clean(term: str) -> str:
    """Return what was typed without what no row holds."""
    return "".join(character for character in term if character.isprintable()).strip()


def search(rows: "QuerySet[Any]", fields: Sequence[str], term: str) -> "QuerySet[Any]":
    """Return the rows of which a field, of their own or of a row they belong to, begins with the term."""
    by_relation: dict[str, list[str]] = {}
    for field in fields:
        *relation, name, lookup = field.split("__")
        by_relation.setdefault("__".join(relation), []).append(f"{name}__{lookup}")
    wanted = _any(by_relation.pop("", []), term)
    for relation, lookups in by_relation.items():
        found = _related(rows.model, relation)._default_manager.filter(_any(lookups, term)).values_list("pk", flat=True)
        wanted |= Q(**{f"{relation}__in": list(found[:MOST_RELATED])})
    return rows.filter(wanted)


def _any(lookups: Sequence[str], term: str) -> Q:
    wanted = Q(pk__in=[])
    for lookup in lookups:
        wanted |= Q(**{lookup: term})
    return wanted


def _related(model: type[models.Model], relation: str) -> type[models.Model]:
    for name in relation.split("__"):
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return model
