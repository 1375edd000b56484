"""What django-q2 runs: wake-ups with no arguments, safe to run at any time, twice, or not at all."""

from datetime import datetime

from django.utils import timezone
from django_q.tasks import async_task

from billing_site.core import dispatch, mail
from billing_site.core.admin import batches


def pump() -> int:
    """Run waiting reactions and send waiting mails; return how many things were done."""
    return pump_at(timezone.now())


def pump_at(now: datetime) -> int:
    """Run waiting reactions and send waiting mails as of a moment, until nothing is left that is due."""
    done = 0
    while step := dispatch.run_pending(now=now) + mail.send_due(now=now):
        done += step
    return done


def run_batches() -> int:
    """Go on with bulk actions of staff, a part at a time, so that other work gets its turn."""
    done = batches.run_due(now=timezone.now())
    if done == batches.AT_A_TIME:
        async_task("billing_site.core.tasks.run_batches")
    return done
