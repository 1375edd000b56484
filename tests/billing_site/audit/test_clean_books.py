"""Books that the services wrote are clean; the command says so by its exit code."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from billing_site import books
from invoicing.models import Invoice
from tests import companies
from tests.databases import fresh

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
SOON_AFTER = "2024-04-12T00:00:00Z"


@pytest.fixture
def company(django_db_blocker_lifted):
    with fresh():
        companies.company(10, BEGIN, months=3)
        yield


@pytest.mark.usefixtures("company")
def test_the_command_proves_clean_books_and_names_what_is_broken():
    said = StringIO()
    assert Invoice.objects.filter(status="finalized").count() > 25

    call_command("audit_books", at=SOON_AFTER, stdout=said)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_counter SET latest = latest + 1 WHERE series = 'customer'")
    with pytest.raises(CommandError) as broken:
        call_command("audit_books", at=SOON_AFTER, stdout=said)

    assert f"All {len(books.invariants())} invariants hold." in said.getvalue()
    assert "BROKEN customers_are_counted" in said.getvalue()
    assert "    latest 11, highest 10, customers 10" in said.getvalue()
    assert broken.value.returncode == 1
