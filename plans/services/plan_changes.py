"""
Changing the plan of a subscription.

| asked | new yearly value | takes effect | running period |
|---|---|---|---|
| nothing more | as high or higher | at once (upgrade) | shared by days |
| nothing more | lower | when the running period ends (downgrade) | the old plan's |
| `plan_change.at` | any | now, at `period_end`, or as the given day begins | shared by days unless `prorate` is false |

Without proration the running period is paid whole at the old plan's price, and the new plan's fee begins after it.
With activation rules a change at once waits for its first payment, if there is one (`activation`).
A change ends one subscription and begins another under the same external id; one that waits is a pending subscription,
and `change_at` of the running one says when it takes over. Asking again replaces it (rules M90 to M93).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing_site.core import activity
from billing_site.core.errors import NotAllowed, invalid
from billing_site.core.periods import local_date, local_midnight
from plans.calculations import schedules
from plans.calculations.plan_values import yearly_cents
from plans.models import Plan, Subscription
from plans.selectors.schedules import schedule_of, timezone_of
from plans.services import activation, lifecycle, usage_thresholds

Status = Subscription.Status
NOW, PERIOD_END = "now", "period_end"


class Paused(NotAllowed):
    code = "subscription_is_paused"


class Incomplete(NotAllowed):
    code = "subscription_incomplete"


def change(current: Subscription, plan: Plan, *, now: datetime, reason: str = "", **fields: Any) -> Subscription:
    """
    Change the plan of a locked subscription; return the new one, or the running one if the change waits.

    :raises Invalid: if the day asked for has passed, or the subscription ends before
    :raises Paused: if it is paused
    :raises Incomplete: if a change waits for its first payment
    """
    if current.status == Status.PENDING:
        return _replace_plan(current, plan, fields, now, reason)
    if current.paused_at:
        raise Paused("This subscription is paused.")
    terms: Mapping[str, Any] = fields.get("plan_change") or {}
    at = _moment(current, plan, terms.get("at"), now)
    is_prorated = terms.get("prorate") is not False
    if current.next_subscriptions.filter(status=Status.INCOMPLETE).exists():
        raise Incomplete("A change of plan waits for its first payment.")
    lifecycle.cancel_waiting_change(current, now=now)
    following = _following(current, plan, fields, now)
    if at <= now:
        begun = following
        if not _waits_for_payment(current, following, fields, now=now, is_prorated=is_prorated):
            begun = _take_over(current, following, at=now, now=now, is_prorated=is_prorated, reason=reason)
        usage_thresholds.replace(begun, fields.get("usage_thresholds"), now=now)
        return begun
    if current.ending_at is not None and current.ending_at <= at:
        raise invalid("plan_change", "value_is_out_of_range", "The subscription ends before the change.")
    current.change_at, current.is_prorated, current.updated_at = at, is_prorated, now
    following.save(force_insert=True)
    usage_thresholds.replace(following, fields.get("usage_thresholds"), now=now)
    current.save()
    changes: dict[str, tuple[Any, Any]] = {"change_at": (None, at), "next_plan": (None, plan.code)}
    activity.record("subscription.updated", current, now=now, changes=changes, reason=reason)
    return current


def change_due(*, now: datetime) -> int:
    """Let the plans take over whose time has come, each at its own moment, and return how many did."""
    due = Subscription.objects.filter(status=Status.ACTIVE, change_at__lte=now).order_by("change_at", "pk")
    return sum(take_over(subscription, now=now).pk != subscription.pk for subscription in due)


@transaction.atomic
def take_over(subscription: Subscription, *, now: datetime) -> Subscription:
    """Let the plan that waits take over, at its own moment if that has come; return the subscription that is active."""
    subscription = lifecycle.lock(subscription)
    at, ending_at = subscription.change_at, subscription.ending_at
    following = subscription.next_subscriptions.filter(status=Status.PENDING).select_related("plan").first()
    if subscription.status != Status.ACTIVE or at is None or at > now or following is None:
        return subscription
    if subscription.paused_at or (ending_at is not None and ending_at <= at):
        return subscription  # it goes on first, or ends first
    following.customer = subscription.customer
    return _take_over(subscription, following, at=at, now=now, is_prorated=subscription.is_prorated)


def follow_zone(subscriptions: "QuerySet[Subscription]", *, old_zone: str, now: datetime) -> None:
    """Have changes that wait for the beginning of a day wait for the same day in the zones that customers have now."""
    for waiting in subscriptions.filter(status=Status.ACTIVE, change_at__isnull=False).order_by("pk"):
        with transaction.atomic():
            subscription = lifecycle.lock(waiting)
            at, zone = subscription.change_at, timezone_of(subscription)
            if at is None or at != local_midnight(local_date(at, old_zone), old_zone):
                continue
            subscription.change_at, subscription.updated_at = local_midnight(local_date(at, old_zone), zone), now
            subscription.save(update_fields=["change_at", "updated_at"])


def _waits_for_payment(
    current: Subscription, following: Subscription, fields: Mapping[str, Any], *, now: datetime, is_prorated: bool
) -> bool:
    """Say whether a change at once has to wait for its first payment; then the next subscription is incomplete."""
    if not fields.get("activation_rules"):
        return False
    if not is_prorated:
        following.fee_from = schedule_of(current).period(now).end
    following.save(force_insert=True)
    activation.set_rules(following, fields["activation_rules"], now=now)
    boundaries = [activation.next_boundary(following, at=now), schedules.next_act(schedule_of(current), now)]
    until = min(boundary for boundary in boundaries if boundary)
    is_held = activation.holds_back(following, at=now, now=now, until=until)
    if is_held:
        current.is_prorated, current.updated_at = is_prorated, now
        current.save(update_fields=["is_prorated", "updated_at"])
    return is_held


def _take_over(
    current: Subscription, following: Subscription, *, at: datetime, now: datetime, is_prorated: bool, reason: str = ""
) -> Subscription:
    if not is_prorated:
        following.fee_from = schedule_of(current).period(at).end
    current.is_prorated = is_prorated
    lifecycle.hand_over(current, following, at=at, now=now, reason=reason)
    return following


def _moment(current: Subscription, plan: Plan, asked: str | date | None, now: datetime) -> datetime:
    """Return when the change takes effect."""
    if asked is None:
        old, new = (yearly_cents(item.amount_cents, item.interval) for item in (current.plan, plan))
        asked = NOW if new >= old else PERIOD_END
    if asked == NOW:
        return now
    if asked == PERIOD_END:
        return schedule_of(current).period(now).end
    assert isinstance(asked, date)
    at = local_midnight(asked, timezone_of(current))
    if at <= now:
        raise invalid("plan_change", "value_is_out_of_range", "The day of a change lies in the future.")
    return at


def _following(current: Subscription, plan: Plan, fields: Mapping[str, Any], now: datetime) -> Subscription:
    """Return the subscription that takes over, unsaved: it keeps the anchor and all that is not given anew (M92)."""
    following = Subscription(
        external_id=current.external_id,
        customer=current.customer,
        plan=plan,
        billing_entity_id=current.billing_entity_id,
        status=Status.PENDING,
        billing_time=current.billing_time,
        subscription_at=current.subscription_at,
        ending_at=fields.get("ending_at") or current.ending_at,
        previous_subscription=current,
        created_at=now,
        updated_at=now,
    )
    for name in lifecycle.OPTIONS:
        setattr(following, name, getattr(current, name))
    lifecycle.write_options(following, fields)
    return following


def _replace_plan(
    current: Subscription, plan: Plan, fields: Mapping[str, Any], now: datetime, reason: str
) -> Subscription:
    """One that has not begun just gets the other plan."""
    before = current.plan.code
    current.plan, current.updated_at = plan, now
    lifecycle.write_options(current, fields)
    current.save()
    usage_thresholds.replace(current, fields.get("usage_thresholds"), now=now)
    changes = {"plan": (before, plan.code)}
    activity.record("subscription.updated", current, now=now, changes=changes, reason=reason)
    return current
