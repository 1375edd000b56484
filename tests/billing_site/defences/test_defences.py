"""Every defence holds, and the sin succeeds as soon as that one defence is gone: so it is the one that holds."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from customers.services import payment_providers
from invoicing.calculations.credit_notes import Shares
from invoicing.models import Dispute, Invoice, ProviderRecord, Refund
from invoicing.services.credit_notes import creation as credit_notes
from invoicing.services.payment_requests import creation
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
        companies.late(BEGIN)
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
    """Pay a part of an invoice, ask for the rest, connect a provider, and give some of it back."""
    payment = manual.record(invoice, amount_cents=50, reference="transfer", now=BEGIN)
    invoice.refresh_from_db()
    Invoice.objects.filter(pk=invoice.pk).update(payment_overdue=True)
    creation.create(invoice.customer, [invoice.lago_id], now=BEGIN)
    provider = payment_providers.connect("stripe", key="sk_test_1", now=BEGIN)
    items = [(invoice.fees.filter(amount_cents__gt=20).earliest("pk").lago_id, 20)]
    shares = Shares(0, credit_notes.estimate(invoice, items).max_refundable_cents)
    note = credit_notes.create(invoice, items=items, shares=shares, now=BEGIN, terms={"reason": "other"})
    Refund.objects.create(credit_note=note, payment=payment, amount_cents=10, created_at=BEGIN, updated_at=BEGIN)
    ProviderRecord.objects.create(
        payment=payment, provider=provider, kind="charge", object_id="pi_1", amount_cents=50, currency="EUR",
        difference="amount", compared_at=BEGIN, created_at=BEGIN, updated_at=BEGIN,
    )  # fmt: skip
    Dispute.objects.create(
        payment=payment, provider=provider, provider_dispute_id="dp_1", state="open", amount_cents=50, currency="EUR",
        withdrawn_amount_cents=50, opened_at=BEGIN, created_at=BEGIN, updated_at=BEGIN,
    )  # fmt: skip


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
