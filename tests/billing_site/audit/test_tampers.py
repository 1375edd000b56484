"""
Does the auditor see? Books are tampered with as only a superuser can, one way at a time: the right invariant breaks.

Triggers and foreign keys are off for the deed (`session_replication_role`), constraints in the way are dropped.
"""

from datetime import UTC, datetime

import pytest
from django.db import connection

from tests import companies, databases
from tests.billing_site.audit import tampering

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 4, 12, tzinfo=UTC)
FINAL = "(SELECT max(id) FROM invoicing_invoice WHERE status = 'finalized' AND taxes_amount_cents > 0)"
USAGE = "(SELECT max(id) FROM invoicing_billedperiod WHERE kind = 'usage')"
ACTIVE = "(SELECT max(id) FROM plans_subscription WHERE status = 'active')"
OTHER = "(SELECT min(id) FROM customers_customer)"
NO_CHAIN = """ALTER TABLE invoicing_billedperiod DROP CONSTRAINT period_one_successor,
    DROP CONSTRAINT period_previous_exists, DROP CONSTRAINT period_one_end"""

TAMPERS = {
    # Lines and sums
    "a line is gone": (f"DELETE FROM invoicing_fee WHERE invoice_id = {FINAL}", "fees_add_up"),
    "a fee costs a cent more": (
        f"UPDATE invoicing_fee SET amount_cents = amount_cents + 1 WHERE invoice_id = {FINAL}",
        "fees_are_rounded_once"),
    "an invoice is a cent dearer": (
        f"""ALTER TABLE invoicing_invoice DROP CONSTRAINT invoice_total_adds_up;
        UPDATE invoicing_invoice SET total_amount_cents = total_amount_cents + 1 WHERE id = {FINAL}""",
        "totals_add_up"),
    "all sums of an invoice are a cent dearer": (
        f"""UPDATE invoicing_invoice SET total_amount_cents = total_amount_cents + 1,
        fees_amount_cents = fees_amount_cents + 1,
        sub_total_excluding_taxes_amount_cents = sub_total_excluding_taxes_amount_cents + 1,
        sub_total_including_taxes_amount_cents = sub_total_including_taxes_amount_cents + 1 WHERE id = {FINAL}""",
        "fees_add_up"),
    "a fee is a dollar's": (
        f"UPDATE invoicing_fee SET currency = 'USD' WHERE invoice_id = {FINAL}", "one_currency"),
    "an invoice is a dollar's": (
        f"UPDATE invoicing_invoice SET currency = 'USD' WHERE id = {FINAL}", "one_currency"),
    "more is paid than owed": (
        f"""ALTER TABLE invoicing_invoice DROP CONSTRAINT invoice_paid_within_total;
        UPDATE invoicing_invoice SET total_paid_amount_cents = total_amount_cents + 1 WHERE id = {FINAL}""",
        "nobody_pays_too_much"),
    "a quantity is NaN": ("UPDATE invoicing_fee SET units = 'NaN' WHERE id = 1", "numbers_are_numbers"),
    # Taxes and coupons
    "a tax is a cent less": (
        f"UPDATE invoicing_invoicetax SET amount_cents = amount_cents - 1 WHERE invoice_id = {FINAL} AND code = 'vat'",
        "tax_rows_add_up"),
    "a cent moves from one tax to another": (
        f"""UPDATE invoicing_invoicetax SET amount_cents = amount_cents + CASE code WHEN 'vat' THEN 1 ELSE -1 END
        WHERE invoice_id = {FINAL}""", "tax_rows_follow_from_fees"),
    "a tax row is gone": (f"DELETE FROM invoicing_invoicetax WHERE invoice_id = {FINAL}", "tax_rows_follow_from_fees"),
    "a fee's tax has another rate": (
        "UPDATE invoicing_feetax SET rate = rate + 1 WHERE id = (SELECT max(id) FROM invoicing_feetax)",
        "fee_taxes_follow_from_rates"),
    "a coupon took more": (
        "UPDATE invoicing_invoicecredit SET amount_cents = amount_cents + 1", "coupons_add_up"),
    "a coupon is filled up again": (
        "UPDATE credits_appliedcoupon SET remaining_cents = 1500 WHERE remaining_cents IS NOT NULL",
        "coupons_are_not_overdrawn"),
    "a coupon is good for one invoice more": (
        "UPDATE credits_appliedcoupon SET frequency_duration_remaining = frequency_duration_remaining + 1",
        "coupons_are_used_as_often_as_given"),
    "a coupon is another customer's": (
        f"UPDATE credits_appliedcoupon SET customer_id = {OTHER} + 1", "coupons_stay_with_their_customer"),
    # Periods
    "a period is billed twice": (
        f"""{NO_CHAIN}; INSERT INTO invoicing_billedperiod
        (subscription_id, kind, previous_end, starts_at, ends_at, invoice_id)
        SELECT subscription_id, kind, previous_end, starts_at, ends_at, invoice_id FROM invoicing_billedperiod
        WHERE id = {USAGE}""", "periods_do_not_overlap"),
    "a period reaches into the next": (
        f"""{NO_CHAIN}; UPDATE invoicing_billedperiod SET starts_at = starts_at - interval '1 day' WHERE id = {USAGE}
        """.replace("; UPDATE", ", DROP CONSTRAINT period_after_previous; UPDATE"), "periods_do_not_overlap"),
    "a period is gone from the chain": (
        "DELETE FROM invoicing_billedperiod WHERE previous_end IS NULL AND kind = 'usage'", "periods_form_a_chain"),
    "a day of usage is left out": (
        f"UPDATE invoicing_billedperiod SET starts_at = starts_at + interval '1 day' WHERE id = {USAGE}",
        "usage_is_billed_without_holes"),
    "usage is charged on two invoices": (
        """UPDATE invoicing_fee f SET from_at = e.from_at, to_at = e.to_at FROM invoicing_fee e
        WHERE f.charge_id = e.charge_id AND f.subscription_id = e.subscription_id AND f.id > e.id""",
        "usage_is_charged_once"),
    "an act made two invoices": (
        f"""ALTER TABLE invoicing_invoice DROP CONSTRAINT invoicing_invoice_operation_key_key;
        UPDATE invoicing_invoice SET operation_key = (SELECT operation_key FROM invoicing_invoice WHERE id = 1)
        WHERE id = {FINAL}""", "invoices_are_made_once"),
    "a period is on an invoice of others": (
        f"UPDATE invoicing_billedperiod SET invoice_id = (SELECT min(id) FROM invoicing_invoice) WHERE id = {USAGE}",
        "periods_are_on_their_invoice"),
    "billing forgot a subscription": (
        f"UPDATE plans_subscription SET billing_at = '2024-04-01Z' WHERE id = {ACTIVE}", "nothing_waits_to_be_billed"),
    "a draft was forgotten": (
        f"""UPDATE invoicing_invoice SET status = 'draft', number = '', sequential_id = NULL,
        expected_finalization_date = '2024-04-01' WHERE id = {FINAL}""", "drafts_become_final"),
    # Numbers
    "a number is skipped": (
        "UPDATE core_counter SET latest = latest + 1 WHERE series = 'invoice:1:1'", "customer_numbers_have_no_gaps"),
    "a number of the entity is skipped": (
        "UPDATE core_counter SET latest = latest + 1 WHERE series = 'invoice:1'", "entity_numbers_have_no_gaps"),
    "a final invoice is gone": (
        f"DELETE FROM invoicing_invoice WHERE id = {FINAL}", "entity_numbers_have_no_gaps"),
    "a final invoice loses its number": (
        f"""ALTER TABLE invoicing_invoice DROP CONSTRAINT invoice_number_when_final;
        UPDATE invoicing_invoice SET number = '' WHERE id = {FINAL}""", "final_invoices_are_numbered"),
    "an invoice becomes a partner's": (
        f"UPDATE invoicing_invoice SET self_billed = true WHERE id = {FINAL}", "final_invoices_are_numbered"),
    "a customer is gone": ("DELETE FROM customers_customer WHERE id = 3", "customers_are_counted"),
    # Links and records
    "a line has no invoice": (f"DELETE FROM invoicing_invoice WHERE id = {FINAL}", "no_line_is_an_orphan"),
    "a fee is another customer's": (
        f"UPDATE invoicing_fee SET customer_id = {OTHER} WHERE invoice_id = (SELECT max(id) FROM invoicing_invoice)",
        "invoices_stay_with_their_customer"),
    "an invoice bills nobody's subscription": (
        f"DELETE FROM invoicing_invoicesubscription WHERE invoice_id = {FINAL}",
        "subscription_invoices_say_what_they_bill"),
    "an entry of the log is gone": (
        f"DELETE FROM core_activity WHERE subject_id = {FINAL} AND type = 'invoice.finalized'",
        "final_invoices_are_on_record"),
    "an entry of the log is about another invoice": (
        "UPDATE core_activity SET subject_id = 999999 WHERE type = 'invoice.finalized'", "records_have_their_invoice"),
    "an entry of the log is moved in time": (
        "UPDATE core_activity SET occurred_at = occurred_at + interval '1 hour'", "final_invoices_are_on_record"),
    "nobody began a subscription": (
        "DELETE FROM core_activity WHERE type = 'subscription.started'", "subscriptions_are_on_record"),
    "a subscription has two lives": (
        f"""DROP INDEX subscription_one_active;
        UPDATE plans_subscription SET external_id = 'subscription-0' WHERE id = {ACTIVE}""",
        "one_active_subscription"),
    "a subscription is never billed again": (
        f"UPDATE plans_subscription SET billing_at = NULL WHERE id = {ACTIVE}", "subscriptions_say_when"),
    # Events
    "an event is gone": (
        "DELETE FROM metering_event WHERE id = (SELECT max(id) FROM metering_event)", "events_are_remembered"),
    "a key is forgotten": (
        "DELETE FROM metering_event_key WHERE key = (SELECT min(key::text)::uuid FROM metering_event_key)",
        "events_are_remembered"),
    "an event is stored twice": (
        """INSERT INTO metering_event SELECT (jsonb_populate_record(e, '{"id": 999999}')).* FROM metering_event e
        WHERE id = (SELECT max(id) FROM metering_event)""", "events_are_stored_once"),
    "a stream is gone": ("DELETE FROM metering_eventstream WHERE id = 1", "events_have_their_stream"),
    # The schema
    "a trigger is switched off": (
        "ALTER TABLE invoicing_invoice DISABLE TRIGGER invoicing_invoice_frozen", "triggers_stand"),
    "foreign keys are switched off": ("ALTER TABLE invoicing_fee DISABLE TRIGGER ALL", "defences_are_on"),
    "a trigger is gone": ("DROP TRIGGER core_activity_kept ON core_activity", "triggers_stand"),
    "the chain is gone": (
        "ALTER TABLE invoicing_billedperiod DROP CONSTRAINT period_previous_exists", "constraints_stand"),
    "a rule for one series is gone": (
        "ALTER TABLE invoicing_invoice DROP CONSTRAINT invoice_series_unique", "constraints_stand"),
    "an index is gone": ("DROP INDEX subscription_due", "constraints_stand"),
    "a foreign key is gone": (
        """DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE invoicing_fee DROP CONSTRAINT %I', conname)
        FROM pg_constraint WHERE conrelid = 'invoicing_fee'::regclass AND contype = 'f' AND cardinality(conkey) = 1
        LIMIT 1); END $$""", "foreign_keys_stand"),
    "a key of two columns is gone": (
        "ALTER TABLE invoicing_fee DROP CONSTRAINT fee_of_its_invoice", "constraints_stand"),
    "taxes may be deleted": ("DROP TRIGGER customers_tax_kept ON customers_tax", "triggers_stand"),
    "ids may be given twice": (
        "ALTER TABLE invoicing_fee DROP CONSTRAINT invoicing_fee_lago_id_key", "unique_columns_stand"),
    "a rule was never checked on old rows": (
        "ALTER TABLE invoicing_fee ADD CONSTRAINT later CHECK (amount_cents > -1) NOT VALID", "defences_are_on"),
}  # fmt: skip


@pytest.fixture(scope="module")
def books_name(django_db_blocker):
    with django_db_blocker.unblock(), databases.fresh():
        companies.company(10, BEGIN, months=3)
        name = connection.settings_dict["NAME"]
        connection.close()
        yield name


@pytest.mark.parametrize("deed", TAMPERS)
def test_each_way_of_tampering_is_seen_by_the_right_invariant(books_name, django_db_blocker, deed):
    statements, expected = TAMPERS[deed]
    with django_db_blocker.unblock():
        assert tampering.seen(books_name, statements, expected, now=NOW) == [expected]
