"""What plans entitle to, and what single subscriptions do instead. Codes of refusals are Lago's (table 1.11)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, NotFound
from plans.calculations.entitlements import InvalidValue, Value, read_value
from plans.models import Feature, Plan, PlanEntitlement, Privilege, Subscription, SubscriptionEntitlement

Wanted = Mapping[str, Mapping[str, Any] | None]  # feature code → privilege code → value


@transaction.atomic
def set_for_plan(plan: Plan, wanted: Wanted, *, now: datetime, replaces: bool) -> None:
    """
    Entitle a plan to these features; what it had before goes if this `replaces`, else it is added to.

    :raises NotFound: if a feature or a privilege is unknown
    :raises Invalid: if a value is not one of its privilege
    """
    plan = Plan.objects.lock(plan.pk)
    values = _read(wanted)
    if replaces:
        plan.entitlements.all().delete()
    present = {row.feature_id: row for row in plan.entitlements.all()}
    for feature, given in values:
        row = present.get(feature.pk) or PlanEntitlement(plan=plan, feature=feature, created_at=now)
        row.values, row.updated_at = {**row.values, **given}, now
        row.save()
    activity.record("plan.updated", plan, now=now)


@transaction.atomic
def remove_from_plan(entitlement: PlanEntitlement, *, now: datetime, privilege_code: str | None = None) -> None:
    """
    Take a feature off a plan, or one of its privileges.

    :raises NotFound: if the plan does not have the privilege
    """
    plan = Plan.objects.lock(entitlement.plan_id)
    if privilege_code is None:
        PlanEntitlement.objects.filter(pk=entitlement.pk).delete()
    else:
        if privilege_code not in entitlement.values:
            raise NotFound("privilege")
        del entitlement.values[privilege_code]
        entitlement.updated_at = now
        entitlement.save(update_fields=["values", "updated_at"])
    activity.record("plan.updated", plan, now=now)


@transaction.atomic
def set_for_subscription(subscription: Subscription, wanted: Wanted, *, now: datetime) -> None:
    """
    Give a subscription these values in place of its plan's; what had been taken away from it is there again.

    :raises NotFound: if a feature or a privilege is unknown
    :raises Invalid: if a value is not one of its privilege
    """
    subscription = Subscription.objects.lock(subscription.pk)
    of_plan = {row.feature_id: row.values for row in PlanEntitlement.objects.filter(plan=plan_of(subscription))}
    for feature, given in _read(wanted):
        row = _own(subscription, feature, now)
        shared = of_plan.get(feature.pk, {})
        same = {code for code, value in given.items() if code in shared and shared[code] == value}
        kept = {code: value for code, value in {**row.values, **given}.items() if code not in same}
        row.values, row.is_removed, row.updated_at = kept, False, now
        row.removed_privileges = [code for code in row.removed_privileges if code not in given]
        if kept or row.removed_privileges or feature.pk not in of_plan:
            row.save()
        elif row.pk:
            row.delete()
    activity.record("subscription.updated", subscription, now=now)


@transaction.atomic
def remove_from_subscription(
    subscription: Subscription, feature: Feature, *, now: datetime, privilege_code: str | None = None
) -> None:
    """Take a feature, or one of its privileges, away from one subscription, whether its own or its plan's."""
    subscription = Subscription.objects.lock(subscription.pk)
    row = _own(subscription, feature, now)
    row.updated_at = now
    if privilege_code is None:
        row.values, row.is_removed, row.removed_privileges = {}, True, []
    else:
        row.values.pop(privilege_code, None)
        row.removed_privileges = sorted({*row.removed_privileges, privilege_code})
    row.save()
    activity.record("subscription.updated", subscription, now=now)


def plan_of(subscription: Subscription) -> int:
    """Return the key of the plan whose entitlements a subscription has: its own plan's parent, if it has its own."""
    return subscription.plan.parent_id or subscription.plan_id


def _own(subscription: Subscription, feature: Feature, now: datetime) -> SubscriptionEntitlement:
    found: SubscriptionEntitlement | None = subscription.entitlements.filter(feature=feature).first()
    return found or SubscriptionEntitlement(subscription=subscription, feature=feature, created_at=now)


def _read(wanted: Wanted) -> list[tuple[Feature, dict[str, Value]]]:
    found = {
        feature.code: feature
        for feature in Feature.objects.live().filter(code__in=list(wanted)).prefetch_related("privileges")
    }
    if wanted.keys() - found.keys():
        raise NotFound("feature")
    return [(found[code], _values(found[code], given or {})) for code, given in wanted.items()]


def _values(feature: Feature, given: Mapping[str, Any]) -> dict[str, Value]:
    privileges: dict[str, Privilege] = {row.code: row for row in feature.privileges.all() if row.deleted_at is None}
    if given.keys() - privileges.keys():
        raise NotFound("privilege")
    values: dict[str, Value] = {}
    for code, raw in given.items():
        privilege = privileges[code]
        try:
            values[code] = read_value(privilege.value_type, raw, privilege.config.get("select_options") or ())
        except InvalidValue as error:
            raise Invalid({f"{code}_privilege_value": [error.code]}) from error
    return values
