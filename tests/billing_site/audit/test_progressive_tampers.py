"""Books in which usage was billed at thresholds, tampered with: the right invariant breaks."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from billing_site import books
from billing_site.core import audit
from tests import companies, databases

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 3, 20, tzinfo=UTC)
EARLY = "(SELECT min(id) FROM invoicing_invoice WHERE invoice_type = 'progressive_billing')"
LAST = "(SELECT max(invoice_id) FROM invoicing_progressivecredit)"

TAMPERS = {
    "a cent less is taken off than an invoice says": (
        f"UPDATE invoicing_progressivecredit SET amount_cents = amount_cents - 1 WHERE invoice_id = {LAST}",
        "progressive_credits_add_up"),
    "what was taken off is on no fee": (
        f"UPDATE invoicing_fee SET precise_progressive_amount_cents = 0 WHERE invoice_id = {LAST}",
        "progressive_credits_add_up"),
    "more is taken off than was billed": (
        f"""UPDATE invoicing_progressivecredit SET amount_cents = amount_cents + 100000
        WHERE progressive_invoice_id = {EARLY}""", "no_more_is_taken_off_than_was_billed"),
    "what was billed at a threshold is billed again": (
        f"DELETE FROM invoicing_progressivecredit WHERE invoice_id = {LAST}",
        "usage_billed_at_thresholds_is_taken_off"),
    "another customer's usage is taken off": (
        f"""UPDATE invoicing_progressivecredit SET progressive_invoice_id =
        (SELECT min(id) FROM invoicing_invoice WHERE invoice_type = 'subscription') WHERE invoice_id = {LAST}""",
        "progressive_credits_stay_with_their_subscription"),
    "nothing was reached": (
        f"DELETE FROM invoicing_appliedusagethreshold WHERE invoice_id = {EARLY}",
        "progressive_invoices_say_what_was_reached"),
    "less was used than the threshold": (
        f"""UPDATE invoicing_appliedusagethreshold SET lifetime_usage_amount_cents = amount_cents - 1
        WHERE invoice_id = {EARLY}""", "progressive_invoices_say_what_was_reached"),
    "the trigger that keeps credits within is gone": (
        "DROP TRIGGER invoicing_progressivecredit_within ON invoicing_progressivecredit", "triggers_stand"),
}  # fmt: skip


@pytest.fixture(scope="module")
def books_name(django_db_blocker):
    with django_db_blocker.unblock(), databases.fresh():
        companies.company(2, BEGIN, months=2, thresholds=({"amount_cents": 20}, {"amount_cents": 40}))
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
        found = audit.findings([one for one in books.invariants() if one.name == expected], now=NOW)

    assert [finding.invariant.name for finding in found] == [expected]
