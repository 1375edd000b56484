"""What the worker runs on schedule."""

from django.utils import timezone

from billing_site import schedule


def run_tick() -> str:
    """Do all scheduled work that is due now."""
    return "; ".join(f"{name}: {result}" for name, result in schedule.tick(now=timezone.now()).items())
