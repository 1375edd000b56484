"""Does the auditor see what was done to the journal, or to the books behind its back?"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from billing_site import books, schedule
from credits.services import wallets
from customers.models import Customer
from invoicing.calculations.credit_notes import Shares
from invoicing.models import Invoice
from invoicing.services import invoice_voids
from invoicing.services.credit_notes import changes
from invoicing.services.payments import manual
from tests import companies, databases
from tests.billing_site.audit import tampering

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 3, 12, tzinfo=UTC)
FINAL = "(SELECT min(id) FROM invoicing_invoice WHERE status = 'finalized')"
ONE = "(SELECT min(id) FROM invoicing_journalentry WHERE kind = '{}')"

TAMPERS = {
    "an entry does not balance": (
        """ALTER TABLE invoicing_journalentry DROP CONSTRAINT journal_entry_balances;
        UPDATE invoicing_journalentry SET cash = cash + 1 WHERE id = 1""", "journal_balances"),
    "revenue is moved to taxes": (
        f"""UPDATE invoicing_journalentry SET revenue = revenue + 1, taxes = taxes - 1
        WHERE id = {ONE.format("invoiced")}""", "invoices_are_in_the_journal"),
    "an entry is another currency's": (
        f"UPDATE invoicing_journalentry SET currency = 'USD' WHERE id = {ONE.format('invoiced')}",
        "invoices_are_in_the_journal"),
    "an invoice is not in the journal": (
        f"DELETE FROM invoicing_journalentry WHERE id = {ONE.format('invoiced')}", "invoices_are_in_the_journal"),
    "an invoice that is not there is in the journal": (
        f"UPDATE invoicing_journalentry SET subject_id = 999999 WHERE id = {ONE.format('invoiced')}",
        "invoices_are_in_the_journal"),
    "an invoice was made final behind the journal's back": (
        """UPDATE invoicing_invoice SET status = 'draft', number = '', sequential_id = NULL
        WHERE id = (SELECT max(id) FROM invoicing_invoice WHERE status = 'finalized')""",
        "invoices_are_in_the_journal"),
    "an invoice is void in the journal alone": (
        "UPDATE invoicing_invoice SET status = 'finalized' WHERE status = 'voided'", "voids_are_in_the_journal"),
    "a payment is a cent more": (
        f"""UPDATE invoicing_journalentry SET cash = cash + 1, receivable = receivable - 1
        WHERE id = {ONE.format("paid")}""", "payments_are_in_the_journal"),
    "an invoice was paid behind the journal's back": (
        """UPDATE invoicing_invoice SET total_paid_amount_cents = total_paid_amount_cents + 1
        WHERE id = (SELECT max(id) FROM invoicing_invoice WHERE status = 'finalized')""",
        "payments_are_in_the_journal"),
    "a note is not in the journal": (
        f"DELETE FROM invoicing_journalentry WHERE id = {ONE.format('credited')}", "notes_are_in_the_journal"),
    "a refund was made behind the journal's back": (
        f"DELETE FROM invoicing_journalentry WHERE id = {ONE.format('refunded')}", "notes_are_in_the_journal"),
    "credits came into a wallet twice": (
        """DROP INDEX journal_fact_once;
        INSERT INTO invoicing_journalentry SELECT (jsonb_populate_record(e, '{"id": 999999}')).*
        FROM invoicing_journalentry e WHERE id = """ + ONE.format("filled"), "wallet_entries_are_in_the_journal"),
    "a customer owes another's debts": (
        f"""UPDATE invoicing_journalentry SET customer_id = customer_id + 1 WHERE id = {ONE.format("invoiced")}""",
        "receivables_are_what_is_due"),
    "a wallet has more than the journal knows": (
        "UPDATE credits_wallet SET balance_cents = balance_cents + 1 WHERE id = 1",
        "wallets_are_what_is_left_in_them"),
    "a note is filled up again": (
        "UPDATE invoicing_creditnote SET balance_amount_cents = credit_amount_cents, credit_status = 'available'",
        "credits_owed_are_what_is_left_of_notes"),
    "a refund is owed that nobody promised": (
        f"""UPDATE invoicing_journalentry SET refunds_owed = refunds_owed - 1, lapsed = lapsed + 1
        WHERE id = {ONE.format("credited")}""", "refunds_owed_are_those_not_paid"),
    "credits left a wallet and arrived nowhere": (
        f"UPDATE invoicing_journalentry SET drawn = drawn - 1, lapsed = lapsed + 1 WHERE id = {ONE.format('drawn')}",
        "drawn_credits_arrive"),
    "a line of a sealed invoice has another name": (
        "UPDATE invoicing_fee SET item_name = 'Other' WHERE id = 1", "seals_of_journal_hold"),
    "a sealed invoice is of another day": (
        f"UPDATE invoicing_invoice SET issuing_date = issuing_date + 1 WHERE id = {FINAL}", "seals_of_journal_hold"),
    "a sealed invoice is another buyer's": (
        f"""UPDATE invoicing_invoice SET buyer = buyer || '{{"name": "Other"}}' WHERE id = {FINAL}""",
        "seals_of_journal_hold"),
    "an entry of the log has another reason": (
        "UPDATE core_activity SET reason = 'Another' WHERE id = 1", "seals_of_activities_hold"),
    "the journal can be rewritten": (
        "DROP TRIGGER invoicing_journalentry_kept ON invoicing_journalentry", "triggers_stand"),
    "the journal hears of no invoice any more": (
        "ALTER TABLE invoicing_invoice DISABLE TRIGGER invoicing_invoice_posted_on_insert", "triggers_stand"),
}  # fmt: skip


@pytest.fixture(scope="module")
def books_name(django_db_blocker):
    """Three customers with wallets: an invoice is paid and made void, refunded and credited; another is paid."""
    with django_db_blocker.unblock(), databases.fresh():
        companies.usage(companies.subscribers(3, companies.catalogue(BEGIN), BEGIN), days=50)
        for customer in Customer.objects.order_by("pk"):
            wallets.create(customer, now=BEGIN, currency="EUR", rate_amount=Decimal(1), granted_credits=Decimal(60))
        schedule.tick(now=datetime(2024, 2, 2, tzinfo=UTC))
        first, second, *_ = Invoice.objects.filter(status="finalized", total_amount_cents__gt=0).order_by("pk")
        for invoice in (first, second):
            manual.record(invoice, amount_cents=invoice.total_amount_cents, reference="transfer", now=NOW)
        refund = first.total_amount_cents // 2
        void = invoice_voids.void(first, now=NOW, give_back=Shares(first.total_amount_cents - refund, refund, 0))
        changes.set_refund_status(void.credit_notes.get(), now=NOW, status="succeeded")
        schedule.tick(now=NOW)
        books.seal(now=NOW)
        books.seal(now=NOW)
        assert books.audit_books(now=NOW) == []
        name = connection.settings_dict["NAME"]
        connection.close()
        yield name


@pytest.mark.parametrize("deed", TAMPERS)
def test_each_way_of_tampering_is_seen_by_the_right_invariant(books_name, django_db_blocker, deed):
    statements, expected = TAMPERS[deed]
    with django_db_blocker.unblock():
        assert tampering.seen(books_name, statements, expected, now=NOW) == [expected]
