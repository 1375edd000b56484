"""What happened to an object, told for people: when, what, who, why, before and after."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from billing_site.core.admin import acts
from billing_site.core.admin.shown import shown_moment
from billing_site.core.models import Activity, StaffAct

SHOWN = 15


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, in words."""

    when: str
    what: str
    subject: str
    who: str
    why: str
    changes: list[tuple[str, str, str]]
    undo: str  # the address at which it is undone, where it can be
    is_undone: bool


def history(obj: models.Model, *, zone: str = "UTC") -> list[Entry]:
    """Return the latest of what happened to an object; to all that is theirs, for a customer."""
    about = Q(subject_type=obj._meta.label_lower, subject_id=obj.pk)
    if obj._meta.label_lower == "customers.customer":
        about |= Q(customer_id=obj.pk)
    rows: Iterable[Activity] = Activity.objects.filter(about).order_by("-id")[:SHOWN]
    of_activity = {
        key: act for act in StaffAct.objects.filter(about).order_by("-id")[:SHOWN] for key in act.activity_ids
    }
    return [entry(row, zone, of_activity.get(row.pk)) for row in rows]


def entry(activity: Activity, zone: str, act: StaffAct | None) -> Entry:
    """Return an activity in words, and what is to be said of the act that brought it about."""
    changes = [(_words(name), shown(before, zone), shown(after, zone)) for name, (before, after) in _changes(activity)]
    return Entry(
        when=shown_moment(activity.occurred_at, zone),
        what=_words(activity.type.replace(".", " ")),
        subject=activity.subject_label,
        who=f"{activity.actor_label}{' (API key)' if activity.actor_kind == 'api_key' else ''}",
        why=activity.reason,
        changes=changes,
        undo=acts.undo_address(act) if act is not None and acts.can_be_offered(act) else "",
        is_undone=act is not None and act.state == StaffAct.State.UNDONE,
    )


def shown(value: Any, zone: str) -> str:
    """Return a stored value as a person reads it."""
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return shown_moment(moment, zone)
    return str(value)


def _changes(activity: Activity) -> list[tuple[str, tuple[Any, Any]]]:
    return [(name, (pair[0], pair[1])) for name, pair in activity.changes.items() if len(pair) == 2]


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
