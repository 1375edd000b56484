"""What plans do after something happened on a floor below; each is safe to run twice."""

from datetime import datetime

from billing_site.core.models import Activity
from metering.models import BillableMetric
from plans.models import Plan
from plans.services import endings, metric_changes


def follow_metric(activity: Activity, *, now: datetime) -> None:
    """Take from charges and their filters what their metric does not know any more."""
    metric_changes.follow(BillableMetric.objects.get(pk=activity.subject_id), now=now)


def end_plan(activity: Activity, *, now: datetime) -> None:
    """End the subscriptions of a plan that is deleted."""
    endings.end_all_of_plan(Plan.objects.get(pk=activity.subject_id), now=now)


def end_customer(activity: Activity, *, now: datetime) -> None:
    """End the subscriptions of a customer that is deleted."""
    endings.end_all_of_customer(activity.subject_id, now=now)
