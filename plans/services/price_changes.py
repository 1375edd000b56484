"""
Other prices for many subscriptions: chosen, planned for each by the service that changes one, called off.

| a subscription | is |
|---|---|
| that runs | given a next plan with the other prices, as its period ends or on the day |
| that is paused, ends before, waits for another change or a payment | left out, with the reason |
| whose change was called off before it took effect | as it was |

Each is planned in a transaction of its own, so that a run that was stopped goes on, and twice is once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from billing_site.core import activity, rehearsal
from billing_site.core.errors import BillingError, NotAllowed, invalid
from plans.models import Plan, PriceChange, PriceChangeMember, Subscription
from plans.selectors.plan_prices import as_they_stand
from plans.services import lifecycle, overrides, subscriptions

State, Status = PriceChangeMember.State, Subscription.Status
ALL, SHARED = "all", "shared"
A_RUN = 500  # how many a tick plans


class AlreadyInEffect(NotAllowed):
    code = "price_change_in_effect"


def cohort(plan: Plan, who: str = ALL) -> "QuerySet[Subscription]":
    """Return the active subscriptions to a plan; with SHARED those that have no prices of their own."""
    mine = Q(plan=plan) if who == SHARED else Q(plan=plan) | Q(plan__parent=plan)
    found: QuerySet[Subscription] = Subscription.objects.filter(mine, status=Status.ACTIVE).order_by("pk")
    return found


@transaction.atomic
def schedule(
    plan: Plan,
    prices: Mapping[str, Any],
    chosen: "QuerySet[Subscription]",
    *,
    now: datetime,
    reason: str = "",
    **terms: Any,
) -> PriceChange:
    """
    Plan other prices for the chosen subscriptions: as the running period of each ends, or on the day `effective_on`.

    `tells_customers` has them mailed, with a `message` if there is one; `periods` is how many are tried.

    :raises Invalid: if nothing changes, nobody is chosen, or the plan cannot have the prices
    """
    prices = rehearsal.undone(lambda: as_they_stand(overrides.make(plan, prices, now=now), prices))
    if not prices or prices == as_they_stand(plan, prices):
        raise invalid("prices", "value_is_invalid", "Nothing is changed: write another price.")
    keys = list(chosen.values_list("pk", flat=True))
    if not keys:
        raise invalid("subscriptions", "value_is_mandatory", "Nobody of them has a running subscription.")
    made = PriceChange(plan=plan, prices=prices, created_at=now, updated_at=now, **terms)
    made.save(force_insert=True)
    members = (
        PriceChangeMember(price_change=made, subscription_id=key, created_at=now, updated_at=now) for key in keys
    )
    PriceChangeMember.objects.bulk_create(members, batch_size=1000)
    activity.record("price_change.scheduled", made, now=now, details={"subscriptions": len(keys)}, reason=reason)
    return made


def plan_due(*, now: datetime) -> int:
    """Plan the change of each subscription that is to be changed, and return how many were looked at."""
    waiting = PriceChangeMember.objects.filter(
        state=State.WAITING, price_change__state=PriceChange.State.SCHEDULED
    ).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True)[:A_RUN])
    for key in keys:
        _plan_one(key, now)
    return len(keys)


@transaction.atomic
def cancel(change: PriceChange, *, now: datetime, reason: str = "") -> PriceChange:
    """
    Call a change of prices off for everybody for whom it has not taken effect.

    :raises AlreadyInEffect: if it has for all
    """
    members = PriceChangeMember.objects.filter(price_change=change, state__in=(State.WAITING, State.PLANNED))
    rows = list(
        members.select_related("subscription__customer", "following").order_by("subscription__customer_id", "pk")
    )
    open_rows = [row for row in rows if row.following is None or row.following.status == Status.PENDING]
    if change.state != PriceChange.State.SCHEDULED or not open_rows:
        raise AlreadyInEffect("There is nothing left of it to call off.")
    for row in open_rows:
        lifecycle.lock(row.subscription)
        if row.following is not None:
            subscriptions.cancel(row.following, now=now, reason=reason)
        row.state, row.updated_at = State.CANCELED, now
        row.save(update_fields=["state", "updated_at"])
        if row.following is not None:
            activity.record("price_change.called_off", row, now=now, reason=reason)
    change = PriceChange.objects.lock(change.pk)
    change.state, change.canceled_at, change.updated_at = PriceChange.State.CANCELED, now, now
    change.save(update_fields=["state", "canceled_at", "updated_at"])
    activity.record("price_change.canceled", change, now=now, details={"subscriptions": len(open_rows)}, reason=reason)
    return change


@transaction.atomic
def _plan_one(key: int, now: datetime) -> None:
    member = PriceChangeMember.objects.select_related("price_change", "subscription").get(pk=key)
    subscription = lifecycle.lock(member.subscription)
    member = PriceChangeMember.objects.lock(key)
    if member.state != State.WAITING:
        return
    change = member.price_change
    member.updated_at = now
    if sentence := _obstacle(subscription):
        _leave_out(member, sentence)
        return
    at: Any = change.effective_on or "period_end"
    try:
        with transaction.atomic():
            current = subscriptions.change_plan(
                subscription, subscription.plan, now=now, plan_overrides=change.prices, plan_change={"at": at}
            )
    except BillingError as error:
        _leave_out(member, error.message)
        return
    member.state, member.effective_at = State.PLANNED, current.change_at
    member.following = current.next_subscriptions.get(status=Status.PENDING)
    member.save(update_fields=["state", "effective_at", "following", "updated_at"])
    activity.record("price_change.planned", member, now=now)


def _obstacle(subscription: Subscription) -> str:
    if subscription.status != Status.ACTIVE:
        return "It runs no more."
    if subscription.paused_at:
        return "It is paused."
    return "Another change waits already." if subscription.change_at else ""


def _leave_out(member: PriceChangeMember, sentence: str) -> None:
    member.state, member.reason = State.LEFT_OUT, sentence[:255]
    member.save(update_fields=["state", "reason", "updated_at"])
