from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from billing_site.core import tasks
from webhooks.services import deliveries


class Command(BaseCommand):
    help = "Run queued background work to its end, then exit."

    def handle(self, *args: Any, **options: Any) -> None:
        done, now = 0, timezone.now()
        while step := tasks.pump_at(now) + deliveries.deliver_due(now=now):
            done += step
        self.stdout.write(f"{done} done")
