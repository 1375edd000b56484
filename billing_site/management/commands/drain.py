from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from billing_site.core import tasks


class Command(BaseCommand):
    help = "Run queued background work to its end, then exit."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{tasks.pump_at(timezone.now())} done")
