"""What the worker runs for webhooks: no arguments, safe to run at any time, twice, or not at all."""

from django.utils import timezone

from webhooks.services import announcing, deliveries


def deliver() -> int:
    """Send what is due for a minute, have the rest sent after that, and return how many calls were made."""
    now = timezone.now()
    made = deliveries.deliver_due(now=now)
    if deliveries.is_due(now=now):
        announcing.wake_on_commit()
    return made
