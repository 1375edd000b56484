"""Which usage thresholds count: a subscription's own, else its plan's, else those of the plan that was made from."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from plans.models import Plan, Subscription, UsageThreshold


def live_thresholds(prefix: str = "") -> "Prefetch[str]":
    """Return how to read the thresholds of many plans or subscriptions beforehand; `prefix` leads to them."""
    return Prefetch(f"{prefix}usage_thresholds", UsageThreshold.objects.live(), to_attr="live_usage_thresholds")


def of_subscriptions() -> "tuple[Prefetch[str], ...]":
    """Return how to read beforehand all that decides which thresholds count for subscriptions."""
    return live_thresholds(), live_thresholds("plan__"), live_thresholds("plan__parent__")


def own(owner: Plan | Subscription) -> list[UsageThreshold]:
    """Return an owner's thresholds: the lowest first, the step last."""
    read: Iterable[UsageThreshold] | None = getattr(owner, "live_usage_thresholds", None)
    rows = owner.usage_thresholds.filter(deleted_at=None) if read is None else read
    return sorted(rows, key=lambda row: (row.recurring, row.amount_cents))


def of_plan(plan: Plan) -> list[UsageThreshold]:
    """Return the thresholds that count for a plan."""
    return own(plan) or (own(plan.parent) if plan.parent else [])


def applicable(subscription: Subscription) -> list[UsageThreshold]:
    """Return the thresholds that count for a subscription, even while it does not heed them."""
    return own(subscription) or of_plan(subscription.plan)


def watched(subscriptions: "QuerySet[Any]") -> "QuerySet[Any]":
    """Return those that run and are to be billed when their usage reaches a threshold."""
    live = UsageThreshold.objects.live()
    active = subscriptions.filter(status=Subscription.Status.ACTIVE, progressive_billing_disabled=False)
    has_some = (
        Exists(live.filter(subscription=OuterRef("pk")))
        | Exists(live.filter(plan=OuterRef("plan_id")))
        | Exists(live.filter(plan=OuterRef("plan__parent_id")))
    )
    found: QuerySet[Any] = active.filter(has_some)
    return found
