"""The facts that an integrator keeps with a plan."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotFound, invalid
from plans.models import Plan

MAX_KEYS, MAX_KEY_LENGTH, MAX_VALUE_LENGTH = 50, 100, 255
Metadata = Mapping[str, str | None]


@transaction.atomic
def replace(plan: Plan, metadata: Metadata, *, now: datetime) -> Plan:
    """
    Keep this and nothing else.

    :raises Invalid: if it is too much
    """
    return _store(plan, metadata, now)


@transaction.atomic
def merge(plan: Plan, metadata: Metadata, *, now: datetime) -> Plan:
    """
    Keep this beside what is there.

    :raises Invalid: if it is too much
    """
    present = Plan.objects.lock(plan.pk).metadata or {}
    return _store(plan, {**present, **metadata}, now)


@transaction.atomic
def remove(plan: Plan, *, now: datetime, key: str | None = None) -> Plan:
    """
    Forget all, or one key.

    :raises NotFound: if there is no such key
    """
    present = Plan.objects.lock(plan.pk).metadata
    if key is None:
        return _store(plan, None, now)
    if key not in (present or {}):
        raise NotFound("metadata")
    return _store(plan, {name: value for name, value in present.items() if name != key}, now)


def _store(plan: Plan, metadata: Metadata | None, now: datetime) -> Plan:
    _check(metadata or {})
    locked: Plan = Plan.objects.lock(plan.pk)
    before = activity.snapshot(locked, ("metadata",))
    locked.metadata, locked.updated_at = metadata, now
    locked.save(update_fields=["metadata", "updated_at"])
    activity.record("plan.updated", locked, now=now, changes=activity.differences(before, locked))
    return locked


def _check(metadata: Metadata) -> None:
    if len(metadata) > MAX_KEYS:
        raise invalid("metadata", "too_many_keys")
    if any(not key or len(key) > MAX_KEY_LENGTH for key in metadata):
        raise invalid("metadata", "key_too_long")
    if any(value is not None and len(value) > MAX_VALUE_LENGTH for value in metadata.values()):
        raise invalid("metadata", "value_too_long")
