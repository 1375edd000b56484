"""What the worker runs on schedule."""

from django.utils import timezone
from django_q.tasks import async_task

from billing_site import schedule


def run_tick() -> str:
    """Do all scheduled work that is due now, and have tried again what waits for that: reactions, mails, webhooks."""
    outcome = schedule.tick(now=timezone.now())
    async_task("billing_site.core.tasks.pump")
    async_task("webhooks.tasks.deliver")
    return "; ".join(f"{name}: {result}" for name, result in outcome.items())
