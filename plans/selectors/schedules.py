"""The schedule of a subscription, from its row."""

from itertools import zip_longest

from billing_site.core.periods import local_date
from customers.selectors import preferences
from plans.calculations.schedules import Pause, Schedule
from plans.models import Subscription


def timezone_of(subscription: Subscription) -> str:
    """Return the zone in which the subscription's days are counted."""
    return preferences.terms(subscription.customer).timezone


def schedule_of(subscription: Subscription, zone: str = "") -> Schedule:
    """Return what decides when the subscription is billed, in its zone or another (its customer and plan are read)."""
    zone = zone or timezone_of(subscription)
    started_at = subscription.started_at or subscription.subscription_at
    return Schedule(
        interval=subscription.plan.interval,
        billing_time=subscription.billing_time,
        anchor=local_date(subscription.subscription_at, zone),
        zone=zone,
        pay_in_advance=subscription.plan.pay_in_advance,
        started_at=started_at,
        billable_from=subscription.billable_from or started_at,
        trial_ends_at=subscription.trial_ends_at,
        terminated_at=subscription.terminated_at,
        usage_monthly=bool(subscription.plan.bill_charges_monthly),
        fixed_monthly=bool(subscription.plan.bill_fixed_charges_monthly),
        fee_from=subscription.fee_from,
        is_replaced=subscription.is_replaced,
        is_prorated=subscription.is_prorated,
        pauses=tuple(Pause(*turn) for turn in zip_longest(subscription.pauses[::2], subscription.pauses[1::2])),
    )
