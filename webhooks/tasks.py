"""What the worker runs for webhooks: safe to run at any time, twice, or not at all."""

from datetime import datetime

from django.utils import timezone

from billing_site.core.models import Activity
from webhooks.models import WebhookEndpoint
from webhooks.services import announcing, deliveries, notices


def deliver() -> int:
    """Send what is due for a minute, have the rest sent after that, and return how many calls were made."""
    now = timezone.now()
    made = deliveries.deliver_due(now=now)
    if deliveries.is_due(now=now):
        announcing.wake_on_commit()
    return made


def mail_staff(activity: Activity, *, now: datetime) -> None:
    """Mail staff that an endpoint was parked; once."""
    endpoint = WebhookEndpoint.objects.get(pk=activity.subject_id)
    notices.tell_of_parking(endpoint, activity.reason, key=f"parked-{activity.lago_id}", now=now)
