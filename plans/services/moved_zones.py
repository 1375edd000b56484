"""Subscriptions of customers that move to another time zone: whose day it is decides when something is due."""

from datetime import datetime

from django.db.models import QuerySet

from plans.calculations.schedules import on_time
from plans.models import Subscription
from plans.selectors.schedules import schedule_of


def follow_zone(subscriptions: "QuerySet[Subscription]", *, now: datetime) -> None:
    """
    Have what is due later be due by the days of the zones that customers have now.

    Where the boundary has passed there already, it is due at once. What is billed meanwhile is left alone.
    """
    waiting = subscriptions.filter(billing_at__gt=now).select_related("plan", "customer__billing_entity")
    moves: dict[tuple[datetime, datetime], list[int]] = {}
    for subscription in waiting.iterator():
        assert subscription.billing_at is not None
        at = on_time(schedule_of(subscription), subscription.billing_at)
        if at != subscription.billing_at:
            moves.setdefault((subscription.billing_at, at), []).append(subscription.pk)
    for (before, at), keys in moves.items():
        Subscription.objects.filter(pk__in=keys, billing_at=before).update(billing_at=at, updated_at=now)
