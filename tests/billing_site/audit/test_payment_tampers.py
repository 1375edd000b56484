"""Does the auditor see what was done to payments? One tamper at a time; the right invariant breaks."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from billing_site import books, schedule
from billing_site.core import audit
from invoicing.models import Invoice
from invoicing.services.payments import manual
from tests import companies, databases

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 2, 12, tzinfo=UTC)
PAYMENT = "(SELECT max(id) FROM invoicing_payment)"
PAID = "(SELECT max(invoice_id) FROM invoicing_paymentallocation)"

DISPUTE = f"""INSERT INTO invoicing_dispute (lago_id, created_at, updated_at, payment_id, provider_id,
    provider_dispute_id, state, provider_status, reason, amount_cents, currency, withdrawn_amount_cents, movements,
    opened_at, closed_at)
    SELECT gen_random_uuid(), now(), now(), {PAYMENT}, 1, 'dp_1', '{{state}}', '', '', 1, 'EUR', {{held}}, 1, now(),
    now()"""

TAMPERS = {
    "an invoice says that more was paid": (
        f"""UPDATE invoicing_invoice SET total_paid_amount_cents = total_paid_amount_cents - 1 WHERE id = {PAID}""",
        "invoices_are_paid_by_payments"),
    "a payment never paid": (
        f"DELETE FROM invoicing_paymentallocation WHERE payment_id = {PAYMENT}", "payments_are_allocated_whole"),
    "a payment is a cent more": (
        f"UPDATE invoicing_payment SET amount_cents = amount_cents + 1 WHERE id = {PAYMENT}",
        "payments_are_allocated_whole"),
    "a payment is another customer's": (
        f"""UPDATE invoicing_payment
        SET customer_id = (SELECT min(c.id) FROM customers_customer c WHERE c.id <> customer_id)
        WHERE id = {PAYMENT}""", "payments_pay_their_customer_s_invoices"),
    "a payment is of a request for other invoices": (
        f"""WITH asked AS (
            INSERT INTO invoicing_paymentrequest (lago_id, created_at, updated_at, customer_id, billing_entity_id,
                email, amount_cents, currency, payment_status)
            SELECT gen_random_uuid(), now(), now(), p.customer_id, i.billing_entity_id, '', 1, p.currency, 'pending'
            FROM invoicing_payment p JOIN invoicing_invoice i ON i.id = p.invoice_id WHERE p.id = {PAYMENT}
            RETURNING id)
        UPDATE invoicing_payment SET payment_request_id = asked.id FROM asked WHERE invoicing_payment.id = {PAYMENT}""",
        "payments_pay_their_request"),
    "a receipt is gone": (
        f"DELETE FROM invoicing_paymentreceipt WHERE payment_id = {PAYMENT}", "payments_have_their_receipt"),
    "a receipt's number is skipped": (
        "UPDATE core_counter SET latest = latest + 1 WHERE series LIKE 'receipt:%'", "receipt_numbers_have_no_gaps"),
    "a payment keeps money that never came": (
        f"UPDATE invoicing_payment SET unapplied_amount_cents = 1 WHERE id = {PAYMENT}",
        "unapplied_money_is_what_payments_keep"),
    "a bank holds money that the journal does not know of": (
        DISPUTE.format(state="won", held=1), "disputed_money_is_what_banks_hold"),
    "a loss is not in the journal": (DISPUTE.format(state="lost", held=1), "losses_are_lost_disputes"),
    "an invoice forgets that its payment was lost": (
        DISPUTE.format(state="lost", held=0), "lost_disputes_are_noted_on_invoices"),
    "a dispute is over more than was paid": (
        DISPUTE.format(state="won", held=0).replace("1, 'EUR'", "99999999, 'EUR'"), "disputes_are_of_what_was_paid"),
    "a provider has booked less than we say": (
        f"""INSERT INTO invoicing_providerrecord (lago_id, created_at, updated_at, provider_id, kind, object_id,
        status, amount_cents, currency, payment_id, difference, compared_at, accepted_because)
        SELECT gen_random_uuid(), now(), now(), 1, 'charge', 'pi_1', 'succeeded', 1, 'EUR', {PAYMENT}, '', now(), ''
        """, "providers_have_booked_the_same"),
    "a paid invoice asks for money": (
        """UPDATE invoicing_invoice SET payment_status = 'pending'
        WHERE total_paid_amount_cents = total_amount_cents""", "paid_invoices_say_so"),
}  # fmt: skip


@pytest.fixture(scope="module")
def books_name(django_db_blocker):
    """Three customers, of whom each has paid an invoice whole and a part of another."""
    with django_db_blocker.unblock(), databases.fresh():
        companies.usage(companies.subscribers(3, companies.catalogue(BEGIN), BEGIN), days=20)
        schedule.tick(now=BEGIN)
        schedule.tick(now=NOW)
        for invoice in Invoice.objects.filter(status="finalized", total_amount_cents__gt=10).order_by("pk"):
            due = invoice.total_due_amount_cents
            manual.record(invoice, amount_cents=due if invoice.pk % 2 else 10, reference="transfer", now=NOW)
        assert books.audit_books(now=NOW) == []
        name = connection.settings_dict["NAME"]
        connection.close()
        yield name


@pytest.mark.parametrize("deed", TAMPERS)
def test_each_way_of_tampering_is_seen_by_the_right_invariant(books_name, django_db_blocker, deed):
    statements, expected = TAMPERS[deed]
    with django_db_blocker.unblock(), databases.copy(books_name):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statements)
            assert cursor.rowcount, "nothing was tampered with"
        judged = [invariant for invariant in books.invariants() if invariant.name == expected]
        found = audit.findings(judged, now=NOW)

    assert [finding.invariant.name for finding in found] == [expected]
