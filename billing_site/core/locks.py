"""
The order in which rows are locked, everywhere, so that no two transactions wait for each other:

    customer → deal → subscription → invoice → payment → wallet → ledger → number counter

and ids ascending within a kind. A row is locked only by `Model.objects.lock(pk)` or by `in_order`. A name that is
shared is held before any row.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def in_order(queryset: "models.QuerySet[M]", *, skip_locked: bool = False) -> list[M]:
    """Return the rows locked, ids ascending; with `skip_locked`, without those another transaction holds."""
    return list(queryset.order_by("pk").select_for_update(of=("self",), skip_locked=skip_locked))


def keys_in_order(queryset: "models.QuerySet[Any]", *, skip_locked: bool = False) -> list[int]:
    """Lock the rows as `in_order` does and return only their keys, for who reads the rows in another way."""
    return list(queryset.order_by("pk").select_for_update(skip_locked=skip_locked).values_list("pk", flat=True))


def share(name: str) -> None:
    """Hold a name, as any number of transactions may, until this one ends: nobody has it alone meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [name])


def try_alone(name: str) -> bool:
    """Hold a name alone until the transaction ends, if no other transaction holds it; say whether that is so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [name])
        return bool(cursor.fetchone()[0])


def by_ids(model: Any, pks: Iterable[int]) -> dict[int, Any]:
    """Return the rows of these primary keys, locked in order, by key."""
    return {row.pk: row for row in in_order(model.objects.filter(pk__in=set(pks)))}
