"""
Pausing a subscription: no fees while it lasts, its periods stay where they were, events are kept and not rated.

What is in arrears is billed when the pause begins. What was paid in advance stays paid; or, if that is asked for, its
days within the pause are credited when it is over and they are known.
"""

from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed
from plans.models import Subscription
from plans.services import lifecycle


class NotRunning(NotAllowed):
    code = "subscription_not_running"


class NotPaused(NotAllowed):
    code = "subscription_not_paused"


@transaction.atomic
def pause(subscription: Subscription, *, now: datetime, credits_unused: bool = False, reason: str = "") -> Subscription:
    """
    Pause an active subscription from now on.

    :raises NotRunning: if it has ended, has not begun or is paused
    """
    subscription = lifecycle.lock(subscription)
    if subscription.status != Subscription.Status.ACTIVE or subscription.paused_at:
        raise NotRunning("This subscription is not running.")
    subscription.pauses = [*subscription.pauses, now]
    if credits_unused:
        subscription.credited_pauses = [*subscription.credited_pauses, now]
    if subscription.billing_at is None or subscription.billing_at > now:
        subscription.billing_at = now
    subscription.updated_at = now
    subscription.save()
    details = {"unused": "credit" if credits_unused else "keep"}
    activity.record("subscription.paused", subscription, now=now, details=details, reason=reason)
    return subscription


@transaction.atomic
def resume(subscription: Subscription, *, now: datetime, reason: str = "") -> Subscription:
    """
    Let a paused subscription go on from now; a change of plan that was due meanwhile takes effect now.

    :raises NotPaused: if it is not paused
    """
    subscription = lifecycle.lock(subscription)
    if subscription.status != Subscription.Status.ACTIVE or not subscription.paused_at:
        raise NotPaused("This subscription is not paused.")
    subscription.pauses = [*subscription.pauses, now]
    subscription.billing_at = subscription.billing_at or now
    if subscription.change_at is not None:
        subscription.change_at = max(subscription.change_at, now)
    subscription.updated_at = now
    subscription.save()
    activity.record("subscription.resumed", subscription, now=now, reason=reason)
    return subscription
