"""Every defence holds, and the sin succeeds as soon as that one defence is gone: so it is the one that holds."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from invoicing.models import Invoice
from invoicing.services.payments import manual
from tests import companies, databases
from tests.billing_site.defences import payment_sins, sins
from tests.billing_site.defences.sins import LINKS, NEW_IDS, Defence, foreign_key

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
SINS = (*sins.SINS, *payment_sins.SINS)


@pytest.fixture(scope="module")
def billed_company(django_db_blocker):
    with django_db_blocker.unblock(), databases.fresh():
        companies.company(4, BEGIN, months=2, thresholds=({"amount_cents": 20}, {"amount_cents": 40}))
        first = Invoice.objects.filter(status="finalized", invoice_type="subscription", total_amount_cents__gt=100)
        _pay_in_part(first.earliest("pk"))
        yield


@pytest.fixture
def undone(billed_company, django_db_blocker):
    """Do all of a test in one transaction and undo it, the schema's changes too."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(NEW_IDS)
        yield
        transaction.set_rollback(True)


def _pay_in_part(invoice):
    manual.record(invoice, amount_cents=50, reference="transfer", now=BEGIN)


def _commit(defence):
    """Do the sin and have what is checked at the end of a transaction checked at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(defence.sin)
        assert cursor.rowcount, "the sin found nothing to do"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("defence", SINS, ids=[f"{defence.name}-{number}" for number, defence in enumerate(SINS)])
def test_a_defence_holds_and_falls_only_with_itself(defence):
    with pytest.raises(IntegrityError):
        _commit(defence)
    with connection.cursor() as cursor:
        cursor.execute(defence.removal)
    _commit(defence)


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize(("table", "column"), LINKS)
def test_nothing_can_point_to_nothing(table, column):
    with connection.cursor() as cursor:  # what freezes final rows stands before the keys
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    lost = Defence(
        table,
        foreign_key(table, column),
        f"UPDATE {table} SET {column} = 999998 WHERE id = (SELECT max(id) FROM {table})",
    )

    with pytest.raises(IntegrityError):
        _commit(lost)
    with connection.cursor() as cursor:
        cursor.execute(lost.removal)
    _commit(lost)
