"""Features and their privileges."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, invalid
from plans.models import Feature, PlanEntitlement, Privilege, SubscriptionEntitlement

FIELDS = ("code", "name", "description")


@transaction.atomic
def create(*, now: datetime, privileges: Sequence[Mapping[str, Any]] | None = None, **fields: Any) -> Feature:
    """
    Make a feature with its privileges.

    :raises Invalid: if a code is taken, or a choice has no options
    """
    feature = Feature(created_at=now, updated_at=now)
    _write(feature, fields)
    feature.save(force_insert=True)
    _write_privileges(feature, privileges or (), now)
    activity.record("feature.created", feature, now=now)
    return feature


@transaction.atomic
def update(
    feature: Feature, *, now: datetime, privileges: Sequence[Mapping[str, Any]] | None = None, **fields: Any
) -> Feature:
    """
    Change what is given. Privileges named are changed or added, the others stay (their removal is apart).

    :raises Invalid: if a choice has no options
    """
    feature = Feature.objects.lock(feature.pk)
    before = activity.snapshot(feature, FIELDS)
    _write(feature, {name: value for name, value in fields.items() if name != "code"})
    feature.updated_at = now
    feature.save()
    _write_privileges(feature, privileges or (), now)
    activity.record("feature.updated", feature, now=now, changes=activity.differences(before, feature))
    return feature


@transaction.atomic
def delete(feature: Feature, *, now: datetime) -> Feature:
    """Take a feature away, from all plans and subscriptions too."""
    feature = Feature.objects.lock(feature.pk)
    PlanEntitlement.objects.filter(feature=feature).delete()
    SubscriptionEntitlement.objects.filter(feature=feature).delete()
    feature.deleted_at = feature.updated_at = now
    feature.save(update_fields=["deleted_at", "updated_at"])
    activity.record("feature.deleted", feature, now=now)
    return feature


@transaction.atomic
def delete_privilege(privilege: Privilege, *, now: datetime) -> Feature:
    """Take a privilege off its feature, and its values off all plans and subscriptions. Returns the feature."""
    feature: Feature = Feature.objects.lock(privilege.feature_id)
    Privilege.objects.filter(pk=privilege.pk).update(deleted_at=now, updated_at=now)
    models: list[Any] = [PlanEntitlement, SubscriptionEntitlement]
    for model in models:
        rows = list(model.objects.filter(feature=feature, values__has_key=privilege.code))
        for row in rows:
            del row.values[privilege.code]
        model.objects.bulk_update(rows, ["values"], batch_size=1000)
    activity.record("feature.updated", feature, now=now)
    return feature


def _write(feature: Feature, fields: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in fields:
            setattr(feature, name, fields[name] or "")
    if Feature.objects.live().filter(code=feature.code).exclude(pk=feature.pk).exists():
        raise invalid("code", "value_already_exist")


def _write_privileges(feature: Feature, items: Sequence[Mapping[str, Any]], now: datetime) -> None:
    if len({item["code"] for item in items}) != len(items):
        raise Invalid({"privilege.code": ["value_is_duplicated"]})
    present = {privilege.code: privilege for privilege in feature.privileges.filter(deleted_at=None)}
    for item in items:
        privilege = present.get(item["code"])
        if privilege is None:
            privilege = Privilege(feature=feature, code=item["code"], created_at=now)
            privilege.value_type = item.get("value_type") or Privilege.ValueType.STRING
        if "name" in item:
            privilege.name = item["name"] or ""
        options = (item.get("config") or {}).get("select_options")
        if privilege.value_type == Privilege.ValueType.SELECT and options is not None:
            privilege.config = {"select_options": options}
        if privilege.value_type == Privilege.ValueType.SELECT and not privilege.config.get("select_options"):
            raise Invalid({"privilege.config": ["invalid_format"]})
        privilege.updated_at = now
        privilege.save()
