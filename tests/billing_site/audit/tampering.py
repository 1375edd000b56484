"""One tamper at a time, done to a copy of some books."""

from datetime import datetime

from django.db import connection

from billing_site import books
from billing_site.core import audit
from tests import databases


def seen(books_name: str, statements: str, expected: str, *, now: datetime) -> list[str]:
    """
    Tamper with a copy of the books as only a superuser can, and return whether `expected` is broken, by its name.

    Triggers and foreign keys are off for the deed (`session_replication_role`).
    """
    with databases.copy(books_name):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statements)
            assert cursor.rowcount, "nothing was tampered with"
        judged = [invariant for invariant in books.invariants() if invariant.name == expected]
        return [finding.invariant.name for finding in audit.findings(judged, now=now)]
