import contextlib
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from billing_site.management.business_time import add_argument, business_time
from customers.models import Customer
from invoicing.services import billing


class Command(BaseCommand):
    help = "Bill everything that is due. Can be stopped at any time; the next run goes on where it stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_argument(parser)
        parser.add_argument("--customer", metavar="ID", help="only this customer (its external id)")
        parser.add_argument("--dry-run", action="store_true", help="do all of it, print the outcome, and undo it")

    def handle(self, *args: Any, **options: Any) -> None:
        now = business_time(options)
        with transaction.atomic() if options["dry_run"] else contextlib.nullcontext():
            summary = billing.bill_due(now=now, customer_id=self._customer(options), progress=self._progress)
            if options["dry_run"]:
                transaction.set_rollback(True)
        self.stdout.write(
            f"{'Would have billed' if options['dry_run'] else 'Billed'} {summary.customers} customers:"
            f" {summary.invoices} invoices, {summary.parked} parked."
        )

    def _customer(self, options: dict[str, Any]) -> int | None:
        if not options["customer"]:
            return None
        customer = Customer.objects.live().filter(external_id=options["customer"]).first()
        if customer is None:
            raise CommandError(f"There is no customer {options['customer']}.")
        return int(customer.pk)

    def _progress(self, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        filled = 30 * done // max(total, 1)
        end = "\n" if done == total else ""
        self.stderr.write(f"\r[{'█' * filled}{'·' * (30 - filled)}] {done}/{total} customers", ending=end)
