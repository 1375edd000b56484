from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing_site.core import money
from customers.services import organizations


class Command(BaseCommand):
    help = "Make the company and its default billing entity, once, in a new installation; staff fill in the rest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the company's name, as printed on invoices")
        parser.add_argument("--currency", default="USD", help="ISO 4217 code of its default currency")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["currency"] not in money.CURRENCIES:
            raise CommandError(f"{options['currency']} is no currency of ISO 4217.")
        try:
            organizations.found(name=options["name"], currency=options["currency"], now=timezone.now())
        except organizations.AlreadyFounded as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Founded {options['name']}.")
