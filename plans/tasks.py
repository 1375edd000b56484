"""What plans do after something happened on a floor below; each is safe to run twice."""

from datetime import datetime

from billing_site.core.models import Activity
from metering.models import BillableMetric
from plans.services import metric_changes


def follow_metric(activity: Activity, *, now: datetime) -> None:
    """Take from charges and their filters what their metric does not know any more."""
    metric_changes.follow(BillableMetric.objects.get(pk=activity.subject_id), now=now)
