from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from billing_site import schedule
from billing_site.management.business_time import add_argument, business_time


class Command(BaseCommand):
    help = "Do all scheduled work that is due now, once. Safe to run at any time, in parallel, and twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = schedule.tick(now=business_time(options))
        self.stdout.write("; ".join(f"{name}: {result}" for name, result in outcome.items()))
