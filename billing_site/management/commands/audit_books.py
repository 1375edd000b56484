from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing_site import books
from billing_site.management.business_time import add_argument, business_time


class Command(BaseCommand):
    help = (
        "Prove the invariants of the books. Only reads; exit 1 with the offending rows if one is broken. "
        "Keep the digests it prints elsewhere: they vouch for all that was sealed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        findings = books.audit_books(now=business_time(options))
        for finding in findings:
            self.stdout.write(f"BROKEN {finding.invariant.name}: {finding.invariant.says}")
            for row in finding.rows:
                self.stdout.write("    " + ", ".join(f"{name} {value}" for name, value in row.items()))
        total = len(books.invariants())
        if findings:
            raise CommandError(f"{len(findings)} of {total} invariants are broken.", returncode=1)
        for seal in books.latest_seals():
            self.stdout.write(f"Sealed: {seal.chain} to row {seal.until_id}, SHA-256 {seal.digest}")
        self.stdout.write(f"All {total} invariants hold.")
