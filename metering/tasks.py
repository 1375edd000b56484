"""What metering does after something happened on its own floor; safe to run twice."""

from datetime import datetime

from billing_site.core.models import Activity
from metering.models import BillableMetric
from metering.services import retirement


def put_events_aside(activity: Activity, *, now: datetime) -> None:  # noqa: ARG001 - as all reactions
    """Put the events of a deleted metric aside."""
    retirement.put_aside(BillableMetric.objects.get(pk=activity.subject_id))
