"""
Subscriptions that begin once their first invoice is paid.

| when | the subscription is | its rule |
|---|---|---|
| it would begin, and something is to be paid in advance | incomplete | pending |
| it would begin, and nothing is | active | not applicable |
| its first invoice is paid | active since it would have begun; usage counts from now | satisfied |
| the payment fails | canceled (`payment_failed`) | failed |
| its hours are over | canceled (`timeout`) | expired |

While it is incomplete it has not started: nothing is rated or billed but that first invoice, made upstairs. Boundaries
that pass meanwhile are never billed.

One that is to take over from another at once lets that go on until it is paid for, and takes over since the moment at
which it was asked for; it is given up where a period of either would end before that.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from billing_site.core import activity
from plans.calculations import schedules
from plans.models import ActivationRule, FixedCharge, Subscription
from plans.selectors.schedules import schedule_of
from plans.services import lifecycle

Rule = ActivationRule.Status
Status = Subscription.Status
PAYMENT_FAILED, TIMEOUT = "payment_failed", "timeout"


def set_rules(subscription: Subscription, rules: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Give a subscription that has not begun these rules and no others."""
    subscription.activation_rules.all().delete()
    for item in {rule["type"]: rule for rule in rules}.values():
        ActivationRule.objects.create(
            subscription=subscription,
            type=item["type"],
            timeout_hours=item.get("timeout_hours") or 0,
            created_at=now,
            updated_at=now,
        )


def holds_back(subscription: Subscription, *, at: datetime, now: datetime, until: datetime | None = None) -> bool:
    """
    Say whether a (saved, locked) subscription that is to begin has to wait for its payment; then it waits.

    It waits for the hours of its rule, and no longer than `until`.
    """
    rules = list(subscription.activation_rules.all())
    if not rules:
        return False
    is_held = _pays_at_once(subscription, at=at, now=now)
    for rule in rules:
        rule.status, rule.updated_at = (Rule.PENDING if is_held else Rule.NOT_APPLICABLE), now
        if is_held:
            rule.waits_since = at
            limits = [now + timedelta(hours=rule.timeout_hours) if rule.timeout_hours else None, until]
            rule.expires_at = min((limit for limit in limits if limit), default=None)
        rule.save()
    if is_held:
        subscription.status, subscription.updated_at = Status.INCOMPLETE, now
        subscription.save()
        activity.record("subscription.incomplete", subscription, now=now)
    return is_held


def begun(subscription: Subscription) -> Subscription:
    """Return an incomplete subscription as it will be once it is paid for, unsaved: its first act is due."""
    at = waits_since(subscription)
    lifecycle.begin(subscription, at=at, known_at=at)
    return subscription


def waits_since(subscription: Subscription) -> datetime:
    """Return when an incomplete subscription would have begun."""
    moments = subscription.activation_rules.filter(status=Rule.PENDING).values_list("waits_since", flat=True)
    found: datetime | None = moments.first()
    assert found is not None
    return found


def next_boundary(subscription: Subscription, *, at: datetime) -> datetime | None:
    """Return when something would be due of a subscription next, if it began at a moment."""
    as_begun = copy(subscription)
    lifecycle.begin(as_begun, at=at, known_at=at)
    return schedules.next_act(schedule_of(as_begun), at)


@transaction.atomic
def open_gate(subscription: Subscription, *, now: datetime) -> Subscription:
    """Let an incomplete subscription begin, now that its first invoice is paid; any other stays as it is."""
    subscription = lifecycle.lock(subscription)
    if subscription.status != Status.INCOMPLETE:
        return subscription
    if (replaced := _replaced(subscription)) is None:
        begun(subscription)
        subscription.billable_from = now
        activity.record("subscription.started", subscription, now=now)
    else:
        lifecycle.hand_over(replaced, subscription, at=waits_since(subscription), now=now)
    subscription.activated_at = subscription.updated_at = now
    subscription.billing_at = schedules.next_act(schedule_of(subscription), now)
    subscription.save()
    _settle_rules(subscription, Rule.SATISFIED, now)
    return subscription


@transaction.atomic
def give_up(subscription: Subscription, *, reason: str, now: datetime) -> Subscription:
    """Cancel an incomplete subscription that is not paid for; any other stays as it is."""
    subscription = lifecycle.lock(subscription)
    if subscription.status != Status.INCOMPLETE:
        return subscription
    subscription.status, subscription.cancellation_reason = Status.CANCELED, reason
    subscription.canceled_at = subscription.updated_at = now
    subscription.save()
    _settle_rules(subscription, Rule.EXPIRED if reason == TIMEOUT else Rule.FAILED, now)
    activity.record("subscription.canceled", subscription, now=now, details={"reason": reason})
    return subscription


def decline(subscription: Subscription, *, now: datetime) -> None:
    """Note that a subscription was canceled before its rules were met."""
    _settle_rules(subscription, Rule.DECLINED, now)


def expire_due(*, now: datetime) -> int:
    """Cancel the subscriptions whose hours are over, and return how many."""
    over = ActivationRule.objects.filter(status=Rule.PENDING, expires_at__lte=now).order_by("expires_at", "pk")
    waiting = over.filter(subscription__status=Status.INCOMPLETE).select_related("subscription")
    given_up = (give_up(rule.subscription, reason=TIMEOUT, now=now) for rule in waiting)
    return sum(subscription.status == Status.CANCELED for subscription in given_up)


def _replaced(subscription: Subscription) -> Subscription | None:
    """Return the subscription that this one takes over from, locked, if that goes on."""
    if subscription.previous_subscription_id is None:
        return None
    previous = lifecycle.lock(Subscription.objects.get(pk=subscription.previous_subscription_id))
    return previous if previous.status == Status.ACTIVE else None


def _settle_rules(subscription: Subscription, status: str, now: datetime) -> None:
    subscription.activation_rules.filter(status=Rule.PENDING).update(status=status, updated_at=now)


def _pays_at_once(subscription: Subscription, *, at: datetime, now: datetime) -> bool:
    """Say whether anything is to be paid in advance when the subscription begins."""
    as_begun = copy(subscription)
    lifecycle.begin(as_begun, at=at, known_at=now)
    if as_begun.billing_at != at:  # a start in the past is not billed for itself
        return False
    parts = schedules.act_at(schedule_of(as_begun), at).parts
    if as_begun.plan.pay_in_advance and as_begun.plan.amount_cents and schedules.Kind.PLAN_FEE in parts:
        return True
    fixed = FixedCharge.objects.live().filter(plan=as_begun.plan, pay_in_advance=True, units__gt=0)
    return schedules.Kind.FIXED_IN_ADVANCE in parts and fixed.exists()
