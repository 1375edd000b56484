"""Ends that follow from something else: a plan or a customer that goes, a day that comes near."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from billing_site.core import activity
from plans.models import Plan, Subscription
from plans.services import lifecycle, subscriptions

Status = Subscription.Status


def end_all_of_plan(plan: Plan, *, now: datetime) -> None:
    """End whoever has a deleted plan, or one made from it, and then take it away; the last invoices come upstairs."""
    plans = Plan.objects.filter(Q(pk=plan.pk) | Q(parent=plan))
    _end_all(Subscription.objects.filter(plan__in=plans), now)
    plans.filter(deleted_at=None).update(deleted_at=now, updated_at=now)


def end_all_of_customer(customer_id: int, *, now: datetime) -> None:
    """End what a deleted customer has, and cancel what had not begun."""
    _end_all(Subscription.objects.filter(customer_id=customer_id), now)


def _end_all(found: "QuerySet[Subscription]", now: datetime) -> None:
    """A waiting change is canceled by the end of what it waits for."""
    for subscription in found.filter(status=Status.ACTIVE).order_by("pk"):
        subscriptions.terminate(subscription, at=now, now=now)
    for subscription in found.filter(status__in=(Status.PENDING, Status.INCOMPLETE)).order_by("pk"):
        subscriptions.cancel(subscription, now=now)


def alert_of_ends(*, now: datetime) -> int:
    """Tell of the subscriptions that end in so many days (a setting), once for each, and return how many were told."""
    farthest = now + timedelta(days=max(settings.TERMINATION_ALERT_DAYS, default=0) + 1)
    coming = Subscription.objects.filter(status=Status.ACTIVE, ending_at__gt=now, ending_at__lte=farthest)
    return sum(_alert(pk, now) for pk in list(coming.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _alert(pk: int, now: datetime) -> bool:
    subscription = lifecycle.lock(Subscription.objects.get(pk=pk))
    ending_at, told = subscription.ending_at, subscription.alerted_days
    if subscription.status != Status.ACTIVE or ending_at is None:
        return False
    left = (ending_at - now).days
    reached = min((days for days in settings.TERMINATION_ALERT_DAYS if left <= days), default=None)
    if reached is None or (told is not None and told <= reached):
        return False
    subscription.alerted_days = reached
    subscription.save(update_fields=["alerted_days"])
    activity.record("subscription.termination_alert", subscription, now=now, details={"days": reached})
    return True
