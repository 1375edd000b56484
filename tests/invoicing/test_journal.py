"""Each fact about money stands in the journal, on the accounts where a bookkeeper would look for it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing_site import books, schedule
from credits.services import wallet_transactions, wallets
from customers.models import Customer
from invoicing.calculations.credit_notes import Shares
from invoicing.models import Invoice, JournalEntry
from invoicing.services import invoice_voids
from invoicing.services.credit_notes import changes
from invoicing.services.payments import manual
from tests import companies
from tests.databases import fresh

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
BILLED = datetime(2024, 1, 11, tzinfo=UTC)
LATER = datetime(2024, 1, 12, tzinfo=UTC)


@pytest.fixture
def invoice(django_db_blocker_lifted):
    """The final invoice of a plan paid in advance, with a coupon and two taxes, 49 of which a wallet paid."""
    with fresh():
        yield _billed()


def _billed():
    companies.subscribers(1, companies.catalogue(BEGIN), BEGIN)
    wallet = wallets.create(
        Customer.objects.get(), now=BEGIN, currency="EUR", rate_amount=Decimal(1), granted_credits=Decimal(50)
    )
    wallet_transactions.create(wallet, now=BEGIN, voided_credits=Decimal(1))
    schedule.tick(now=BILLED)
    return Invoice.objects.get()


def _legs(kind, subject):
    return JournalEntry.objects.get(kind=kind, subject_type=subject._meta.label_lower, subject_id=subject.pk).legs


def _nothing_is_wrong(now):
    assert books.audit_books(now=now) == []


def test_a_final_invoice_is_asked_for_and_what_reduced_it_is_told_apart(invoice):
    assert _legs("invoiced", invoice) == {
        "receivable": invoice.total_amount_cents,
        "revenue": -invoice.fees_amount_cents,
        "discounts": invoice.coupons_amount_cents,
        "taxes": -invoice.taxes_amount_cents,
        "drawn": invoice.prepaid_credit_amount_cents,
    }
    assert invoice.prepaid_credit_amount_cents
    _nothing_is_wrong(BILLED)


@pytest.mark.usefixtures("invoice")
def test_credits_are_granted_taken_away_and_drawn():
    entries = JournalEntry.objects.filter(subject_type="credits.wallettransaction").order_by("pk")

    assert [(entry.kind, entry.legs) for entry in entries] == [
        ("filled", {"wallets": -5_000, "granted": 5_000}),
        ("drawn", {"wallets": 100, "lapsed": -100}),
        ("drawn", {"wallets": 4_900, "drawn": -4_900}),
    ]


def test_a_payment_is_cash_and_nothing_is_asked_for_any_more(invoice):
    manual.record(invoice, amount_cents=invoice.total_amount_cents, reference="transfer", now=LATER)

    total = invoice.total_amount_cents
    assert _legs("paid", invoice) == {"receivable": -total, "cash": total}
    _nothing_is_wrong(LATER)


def test_a_void_invoice_leaves_nothing_but_the_credits_that_came_back(invoice):
    invoice_voids.void(invoice, now=LATER)

    sums = _sums()
    assert {name: cents for name, cents in sums.items() if cents} == {
        "wallets": -4_900,
        "granted": 5_000,
        "lapsed": -100,
    }
    _nothing_is_wrong(LATER)


def test_a_paid_invoice_made_void_owes_what_was_paid_and_the_cent_of_rounding(invoice):
    manual.record(invoice, amount_cents=invoice.total_amount_cents, reference="transfer", now=LATER)
    paid = invoice.total_amount_cents
    invoice_voids.void(invoice, now=LATER, give_back=Shares(0, paid, 0))
    note = invoice.credit_notes.get()

    assert {name: _sums()[name] for name in ("receivable", "cash", "taxes", "refunds_owed", "revenue", "credited")} == {
        "receivable": 0, "cash": paid, "taxes": 0, "refunds_owed": -paid, "revenue": 0, "credited": 1,
    }  # fmt: skip
    changes.set_refund_status(note, now=LATER, status="succeeded")
    assert (_sums()["cash"], _sums()["refunds_owed"]) == (0, 0)
    _nothing_is_wrong(LATER)


def _sums():
    """Return what stands on each account."""
    rows = [entry.legs for entry in JournalEntry.objects.all()]
    names = {name for row in rows for name in row} | {"receivable", "cash", "refunds_owed", "revenue"}
    return {name: sum(row.get(name, 0) for row in rows) for name in names}


@pytest.mark.parametrize(
    "sin",
    [
        "UPDATE invoicing_journalentry SET cash = cash + 1, receivable = receivable - 1",
        "DELETE FROM invoicing_journalentry",
        "TRUNCATE invoicing_journalentry",
    ],
)
@pytest.mark.usefixtures("invoice")
def test_the_journal_is_only_written(sin):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sin)
