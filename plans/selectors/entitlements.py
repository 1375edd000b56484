"""Entitlements as they count: a subscription's are its plan's, with what is its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from plans.calculations.entitlements import Held, Value, held
from plans.models import Feature, Plan, PlanEntitlement, Subscription, SubscriptionEntitlement


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A feature with the privileges held; `own` are the values that are the subscription's alone."""

    feature: Feature
    privileges: Mapping[str, Held]
    own: Mapping[str, Value]


def of_plan(plan: Plan) -> list[Entitlement]:
    """Return what a plan entitles to, in the order in which it was given (prefetched rows are used as they are)."""
    rows = sorted(plan.entitlements.all(), key=lambda row: row.pk)
    return [Entitlement(row.feature, held(row.values, {}), {}) for row in rows]


def of_subscription(subscription: Subscription) -> list[Entitlement]:
    """Return what a subscription is entitled to."""
    plan_id = subscription.plan.parent_id or subscription.plan_id
    shared = PlanEntitlement.objects.filter(plan_id=plan_id).prefetch_related("feature__privileges")
    own = SubscriptionEntitlement.objects.filter(subscription=subscription).prefetch_related("feature__privileges")
    of_plan_by_feature = {row.feature_id: row for row in shared.order_by("pk")}
    of_own = {row.feature_id: row for row in own.order_by("pk")}
    nothing = SubscriptionEntitlement()
    found = []
    for feature_id in dict.fromkeys([*of_plan_by_feature, *of_own]):
        plan_row, own_row = of_plan_by_feature.get(feature_id), of_own.get(feature_id, nothing)
        if not own_row.is_removed:
            feature = plan_row.feature if plan_row else own_row.feature
            privileges = held(plan_row.values if plan_row else {}, own_row.values, own_row.removed_privileges)
            found.append(Entitlement(feature, privileges, own_row.values))
    return found
