"""
What happened: `record` writes one row in the caller's transaction; nothing else tells the floors above.

Who acts is set once, at the door, by `acting_as`.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from billing_site.core import bulk, dispatch
from billing_site.core.logs import request_id
from billing_site.core.models import Activity


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `kind` is system, api_key, staff or customer."""

    kind: str
    id: str = ""
    label: str = ""


SYSTEM = Actor("system", label="Countinghouse")
_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)
_heard: ContextVar[list[int] | None] = ContextVar("heard", default=None)


@contextlib.contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Name who acts for all that is recorded inside."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def actor() -> Actor:
    """Return who acts just now."""
    return _actor.get()


def set_actor(actor: Actor) -> None:
    """Name who acts for the rest of this request (the request's middleware resets it)."""
    _actor.set(actor)


@contextlib.contextmanager
def listening() -> Iterator[list[int]]:
    """Give the list, as it grows, of the keys of the activities that are recorded inside."""
    heard: list[int] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def record(
    type: str,
    subject: models.Model,
    *,
    now: datetime,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    details: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Activity:
    """Write that something happened, in the caller's transaction, and have its reactions run after commit."""
    activity = build(type, subject, now=now, changes=changes, details=details, reason=reason)
    activity.save(force_insert=True)
    if (heard := _heard.get()) is not None:
        heard.append(activity.pk)
    if activity.state == Activity.State.PENDING:
        dispatch.wake_on_commit()
    return activity


def build(
    type: str,
    subject: models.Model,
    *,
    now: datetime,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    details: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Activity:
    """Return the activity unsaved, for callers that write many rows at once (they call `dispatch.wake_on_commit`)."""
    actor = _actor.get()
    waits = dispatch.has_reactions(type)
    return bulk.new(
        Activity,
        type=type,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_label=str(subject)[:255],
        customer_id=customer_of(subject),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        reason=reason,
        changes={field: [_plain(before), _plain(after)] for field, (before, after) in (changes or {}).items()},
        details={key: _plain(value) for key, value in (details or {}).items()},
        request_id=request_id.get(),
        occurred_at=now,
        state=Activity.State.PENDING if waits else Activity.State.DONE,
        next_attempt_at=now if waits else None,
    )


def record_all(rows: Sequence[Activity]) -> None:
    """Write rows that `build` made, all at once, in the caller's transaction."""
    bulk.copy_leaves(Activity, rows)
    if (heard := _heard.get()) is not None:
        written = Activity.objects.filter(lago_id__in=[row.lago_id for row in rows])
        heard += written.order_by("pk").values_list("pk", flat=True)
    if any(row.state == Activity.State.PENDING for row in rows):
        dispatch.wake_on_commit()


def differences(before: Mapping[str, Any], after: models.Model) -> dict[str, tuple[Any, Any]]:
    """Return field → (before, after) for the fields whose value has changed."""
    return {name: (old, getattr(after, name)) for name, old in before.items() if getattr(after, name) != old}


def snapshot(row: models.Model, fields: "list[str] | tuple[str, ...]") -> dict[str, Any]:
    """Return the values of these fields, to be compared later by `differences`."""
    return {name: getattr(row, name) for name in fields}


def customer_of(subject: models.Model) -> int | None:
    """Return the key of the customer that something belongs to, if it belongs to one."""
    if subject._meta.label_lower == "customers.customer":
        return int(subject.pk)
    value = getattr(subject, "customer_id", None)
    return int(value) if value is not None else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    return value
