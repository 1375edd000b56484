"""What plans do after something happened on a floor below; each is safe to run twice."""

from datetime import datetime

from billing_site.core.models import Activity
from customers.models import Customer
from metering.models import BillableMetric
from plans.models import Plan, Subscription
from plans.services import endings, metric_changes, moved_zones, plan_changes, usage_marks


def follow_metric(activity: Activity, *, now: datetime) -> None:
    """Take from charges and their filters what their metric does not know any more."""
    metric_changes.follow(BillableMetric.objects.get(pk=activity.subject_id), now=now)


def end_plan(activity: Activity, *, now: datetime) -> None:
    """End the subscriptions of a plan that is deleted."""
    endings.end_all_of_plan(Plan.objects.get(pk=activity.subject_id), now=now)


def end_customer(activity: Activity, *, now: datetime) -> None:
    """End the subscriptions of a customer that is deleted."""
    endings.end_all_of_customer(activity.subject_id, now=now)


def follow_zone(activity: Activity, *, now: datetime) -> None:
    """Have what waits for a customer's day wait for that day in the zone the customer has moved to."""
    if "timezone" in activity.changes:
        customer = Customer.objects.select_related("billing_entity").get(pk=activity.subject_id)
        old_zone = activity.changes["timezone"][0] or customer.billing_entity.timezone
        found = Subscription.objects.filter(customer=customer)
        plan_changes.follow_zone(found, old_zone=old_zone, now=now)
        moved_zones.follow_zone(found, now=now)


def follow_zone_of_entity(activity: Activity, *, now: datetime) -> None:
    """Do the same for the customers that have the zone of their billing entity."""
    if "timezone" in activity.changes:
        found = Subscription.objects.filter(customer__timezone="", customer__billing_entity=activity.subject_id)
        plan_changes.follow_zone(found, old_zone=activity.changes["timezone"][0], now=now)
        moved_zones.follow_zone(found, now=now)


def watch_usage(activity: Activity, *, now: datetime) -> None:
    """Have a subscription that begins looked at: there may be usage of it already."""
    usage_marks.mark(Subscription.objects.filter(pk=activity.subject_id), now=now)
