"""Books in which usage came in late, tampered with: the right invariant breaks."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from billing_site import books
from tests import companies, databases
from tests.billing_site.audit import tampering

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 4, 8, tzinfo=UTC)
FIRST = "(SELECT min(id) FROM invoicing_lateusage)"
NO_KEYS = """DROP INDEX late_usage_one_open; DROP INDEX fee_once_for_late_usage;
    ALTER TABLE invoicing_lateusage DROP CONSTRAINT late_usage_number_once"""

TAMPERS = {
    "late usage is forgotten": (f"DELETE FROM invoicing_lateusage WHERE id = {FIRST}", "late_usage_is_counted"),
    "late usage is open again": (
        f"UPDATE invoicing_lateusage SET status = 'waiting', invoice_id = NULL WHERE id = {FIRST}",
        "late_usage_is_counted"),
    "a late fee costs a cent more": (
        f"UPDATE invoicing_fee SET amount_cents = amount_cents + 1 WHERE late_usage_id = {FIRST}",
        "late_usage_is_billed_once"),
    "a late fee is there twice": (
        f"""{NO_KEYS}; INSERT INTO invoicing_fee SELECT (jsonb_populate_record(f,
        jsonb_build_object('id', 999999, 'lago_id', gen_random_uuid()))).* FROM invoicing_fee f
        WHERE late_usage_id = {FIRST}""", "late_usage_is_billed_once"),
    "a late fee is on another invoice": (
        f"""UPDATE invoicing_fee SET invoice_id = (SELECT min(id) FROM invoicing_invoice)
        WHERE late_usage_id = {FIRST}""", "late_usage_is_billed_once"),
    "a line of late usage is changed": (
        f"UPDATE invoicing_lateusage SET lines = '[]' WHERE id = {FIRST}", "late_usage_is_billed_once"),
    "a late fee is of another time": (
        f"UPDATE invoicing_fee SET from_at = from_at + interval '1 day' WHERE late_usage_id = {FIRST}",
        "late_fees_are_of_their_time"),
    "the trigger that freezes late usage is gone": (
        "DROP TRIGGER invoicing_lateusage_frozen ON invoicing_lateusage; SELECT 1", "triggers_stand"),
    "the trigger that keeps prices is gone": (
        "DROP TRIGGER plans_charge_price_kept ON plans_charge; SELECT 1", "triggers_stand"),
}  # fmt: skip


@pytest.fixture(scope="module")
def books_name(django_db_blocker):
    with django_db_blocker.unblock(), databases.fresh():
        companies.catalogue(BEGIN)
        companies.late(BEGIN, months=2)
        assert books.audit_books(now=NOW) == []
        name = connection.settings_dict["NAME"]
        connection.close()
        yield name


@pytest.mark.parametrize("deed", TAMPERS)
def test_each_way_of_tampering_is_seen_by_the_right_invariant(books_name, django_db_blocker, deed):
    statements, expected = TAMPERS[deed]
    with django_db_blocker.unblock():
        assert tampering.seen(books_name, statements, expected, now=NOW) == [expected]
