from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from billing_site.core import api_keys


class Command(BaseCommand):
    help = "Make an API key with all rights and print it, alone on the last line. It is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="who or what will use the key")

    def handle(self, *args: Any, **options: Any) -> None:
        _, secret = api_keys.create(name=options["name"], now=timezone.now())
        self.stdout.write(secret)
