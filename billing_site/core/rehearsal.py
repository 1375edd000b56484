"""
Rehearsal: run the real service and its reactions in a savepoint, look, and roll back.

What staff or the API preview is what would happen, never a copy of the rules (house decision 12). Deferred constraints
are checked at once, so that what could not commit cannot be shown as possible.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import datetime
from typing import TypeVar

from django.db import connection, transaction

from billing_site.core import dispatch
from billing_site.core.models import Activity

T = TypeVar("T")
_rehearsing: ContextVar[bool] = ContextVar("rehearsing", default=False)


class _Undo(Exception):
    """Rolls the savepoint back; never leaves this module."""


def is_rehearsal() -> bool:
    """Test if what is done now will be rolled back: calls to the outside are then only recorded."""
    return _rehearsing.get()


def rehearse(act: Callable[[], object], look: Callable[[list[Activity]], T], *, now: datetime) -> T:
    """
    Do `act` with its reactions, return what `look` sees (it is given the activities), and undo all of it.

    :raises BillingError: whatever `act` raises
    """

    def acted() -> T:
        latest = Activity.objects.order_by("-id").values_list("id", flat=True).first() or 0
        act()
        _react(latest, now)
        connection.check_constraints()
        return look(list(Activity.objects.filter(id__gt=latest).order_by("id")))

    return undone(acted)


def undone(act: Callable[[], T]) -> T:
    """
    Do `act` alone, without reactions, return what it returns, and undo all of it.

    :raises BillingError: whatever `act` raises
    """
    result: list[T] = []
    with contextlib.suppress(_Undo), transaction.atomic(), _marked():
        result.append(act())
        raise _Undo
    return result[0]


@contextlib.contextmanager
def _marked() -> Iterator[None]:
    token = _rehearsing.set(True)
    try:
        yield
    finally:
        _rehearsing.reset(token)


def _react(latest: int, now: datetime) -> None:
    """Run the reactions of what was just recorded, and of what they record, as the worker would after commit."""
    while waiting := list(Activity.objects.filter(id__gt=latest, state=Activity.State.PENDING).order_by("id")):
        for activity in waiting:
            for reaction in dispatch.reactions().get(activity.type, ()):
                reaction(activity, now=now)
            Activity.objects.filter(pk=activity.pk).update(state=Activity.State.DONE)
