"""
Each defence of the schema with the sin that it forbids, in SQL: only this defence stands in the way of it.

Sins are done to a small company with a few months of billed history.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

FINAL = "SELECT max(id) FROM invoicing_invoice WHERE status = 'finalized' AND taxes_amount_cents > 0"
NEW_IDS = """
    CREATE FUNCTION pg_temp.copied(r anyelement, changes jsonb) RETURNS anyelement LANGUAGE sql AS $$
        SELECT jsonb_populate_record(r, '{"id": 999999}' || changes)
    $$
"""


@dataclass(frozen=True)
class Defence:
    """A constraint, index or trigger of a table, and the statement that it must refuse."""

    table: str
    name: str
    sin: str
    kind: str = "CONSTRAINT"

    @property
    def removal(self) -> str:
        """The statement that takes the defence away."""
        if self.kind == "INDEX":
            return f"DROP INDEX {self.name}"
        if self.kind == "TRIGGER":
            return f"DROP TRIGGER {self.name} ON {self.table}"
        # The foreign key of the chain hangs on the index that it points to.
        return f'ALTER TABLE {self.table} DROP CONSTRAINT "{self.name}" CASCADE'


def copied(table: str, name: str, where: str, *, kind: str = "CONSTRAINT", **changes: Any) -> Defence:
    """Return the defence against a second row like one that is there, but for its ids and these columns (SQL)."""
    values = {"lago_id": "gen_random_uuid()"} | changes
    pairs = ", ".join(f"'{column}', {value}" for column, value in values.items())
    sin = f"INSERT INTO {table} SELECT (pg_temp.copied(r, jsonb_build_object({pairs}))).* FROM {table} r WHERE {where}"
    return Defence(table, name, sin, kind)


def changed(table: str, name: str, assignments: str, where: str = "true", *, kind: str = "CONSTRAINT") -> Defence:
    """Return the defence against a change."""
    return Defence(table, name, f"UPDATE {table} SET {assignments} WHERE {where}", kind)


def foreign_key(table: str, column: str) -> str:
    """Return the name of the foreign key of a column, which Django makes up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint c JOIN pg_attribute a ON attrelid = conrelid AND conkey = ARRAY[attnum]"
            " WHERE contype = 'f' AND conrelid = %s::regclass AND attname = %s",
            [table, column],
        )
        return str(cursor.fetchone()[0])


PERIODS, INVOICES, FEES = "invoicing_billedperiod", "invoicing_invoice", "invoicing_fee"
JOURNAL, LATE = "invoicing_journalentry", "invoicing_lateusage"
LAST_USAGE = f"r.id = (SELECT max(id) FROM {PERIODS} WHERE kind = 'usage')"
ONE = f"r.id = ({FINAL})"
OTHER_NUMBERS = {
    "operation_key": "'other'",
    "number": "'other'",
    "sequential_id": "999",
    "entity_sequential_id": "999",
}
ANOTHER_TAX = """
    INSERT INTO customers_tax SELECT (pg_temp.copied(
        r, jsonb_build_object('lago_id', gen_random_uuid(), 'code', 'other'))).* FROM customers_tax r LIMIT 1
"""


NEW_PLACE = {"invoice_id": "(SELECT max(id) FROM invoicing_invoice)"}


def another_invoice(name: str, *, kind: str = "CONSTRAINT", **changes: Any) -> Defence:
    """Return the defence against an invoice beside a final one that is new but for these columns."""
    return copied(INVOICES, name, ONE, kind=kind, **(OTHER_NUMBERS | changes))


def another_draft(name: str, **changes: Any) -> Defence:
    """Return the defence against such a draft; of a final one the journal would not take the sums either."""
    draft = {"status": "'draft'", "number": "''", "sequential_id": "NULL", "entity_sequential_id": "NULL"}
    return another_invoice(name, **(draft | changes))


SINS = (
    # No time is billed twice: the chain
    copied(PERIODS, "period_one_successor", LAST_USAGE, ends_at="r.ends_at + interval '1 day'", lago_id="0"),
    copied(PERIODS, "period_one_end", LAST_USAGE, previous_end="r.starts_at - interval '1 day'", lago_id="0"),
    copied(
        PERIODS, "period_previous_exists", LAST_USAGE, lago_id="0", previous_end="r.ends_at + interval '1 day'",
        starts_at="r.ends_at + interval '1 day'", ends_at="r.ends_at + interval '2 days'",
    ),
    copied(
        PERIODS, "period_after_previous", LAST_USAGE, lago_id="0", previous_end="r.ends_at",
        ends_at="r.ends_at + interval '1 day'",
    ),
    copied(
        PERIODS, "period_not_empty", LAST_USAGE, lago_id="0", previous_end="r.ends_at",
        starts_at="r.ends_at + interval '9 days'", ends_at="r.ends_at + interval '1 day'",
    ),
    # No act makes two invoices, no number is given twice
    another_invoice("invoicing_invoice_operation_key_key", operation_key="r.operation_key"),
    another_invoice("invoice_series_unique", sequential_id="r.sequential_id"),
    another_invoice("invoice_entity_sequence_unique", entity_sequential_id="r.entity_sequential_id"),
    another_invoice("invoice_number_unique", kind="INDEX", number="r.number"),
    another_invoice("invoice_number_when_final", number="''"),
    another_invoice("invoice_number_when_final", status="'draft'"),
    another_invoice("invoicing_invoice_lago_id_key", lago_id="r.lago_id"),
    # A line is its invoice's and its subscription's customer's
    copied(FEES, "fee_of_its_invoice", f"r.invoice_id = ({FINAL}) AND r.fee_type = 'subscription'",
           customer_id="(SELECT max(id) FROM customers_customer WHERE id <> r.customer_id)", subscription_id="NULL"),
    copied(FEES, "fee_of_its_subscription", f"r.invoice_id = ({FINAL}) AND r.fee_type = 'subscription'",
           customer_id="(SELECT max(id) FROM customers_customer WHERE id <> r.customer_id)", invoice_id="NULL"),
    copied(FEES, "fee_has_an_owner", f"r.invoice_id = ({FINAL}) AND r.fee_type = 'subscription'",
           subscription_id="NULL", invoice_id="NULL"),
    Defence("customers_tax", "customers_tax_kept", f"{ANOTHER_TAX}; DELETE FROM customers_tax WHERE id = 999999",
            "TRIGGER"),
    # Invoices add up
    another_draft("invoice_subtotal_adds_up", fees_amount_cents="r.fees_amount_cents + 1"),
    another_draft("invoice_gross_adds_up", taxes_amount_cents="r.taxes_amount_cents + 1"),
    another_draft("invoice_total_adds_up", total_amount_cents="r.total_amount_cents + 1"),
    another_draft("invoice_not_negative", offset_amount_cents="-1"),
    copied(FEES, "fee_not_negative", f"r.invoice_id = ({FINAL}) AND r.fee_type = 'subscription'", amount_cents="-1"),
    copied("invoicing_invoicecredit", "invoice_coupon_once", "r.id = 1"),
    copied(
        "invoicing_invoicecredit", "invoice_credit_not_negative", "r.id = 1", amount_cents="-1",
        invoice_id="(SELECT max(id) FROM invoicing_invoice)",
    ),
    copied("invoicing_invoicesubscription", "invoice_subscription_unique", "r.id = 1", lago_id="0"),
    # Final is final
    changed(INVOICES, "invoicing_invoice_frozen", "issuing_date = issuing_date + 1", f"id = ({FINAL})", kind="TRIGGER"),
    changed(INVOICES, "invoicing_invoice_frozen", "seller = '{}'", f"id = ({FINAL})", kind="TRIGGER"),
    changed(INVOICES, "invoicing_invoice_frozen", "updated_at = now(), currency = 'USD'", f"id = ({FINAL})",
            kind="TRIGGER"),
    changed(FEES, "invoicing_fee_frozen", "description = 'other'", f"invoice_id = ({FINAL})", kind="TRIGGER"),
    Defence("invoicing_invoicetax", "invoicing_invoicetax_frozen",
            f"DELETE FROM invoicing_invoicetax WHERE invoice_id = ({FINAL})", "TRIGGER"),
    Defence("invoicing_invoicecredit", "invoicing_invoicecredit_frozen", "DELETE FROM invoicing_invoicecredit",
            "TRIGGER"),
    Defence("invoicing_invoicesubscription", "invoicing_invoicesubscription_frozen",
            f"DELETE FROM invoicing_invoicesubscription WHERE invoice_id = ({FINAL})", "TRIGGER"),
    # Usage that was billed at a threshold
    copied(FEES, "fee_progressive_within_coupons",
           "r.id = (SELECT min(id) FROM invoicing_fee WHERE precise_coupons_amount_cents = 0)", invoice_id="NULL",
           precise_progressive_amount_cents="1"),
    copied("invoicing_progressivecredit", "progressive_credit_positive", "r.id = 1", amount_cents="-1", **NEW_PLACE),
    copied("invoicing_progressivecredit", "invoicing_progressivecredit_within", "r.id = 1", kind="TRIGGER",
           amount_cents="100000", **NEW_PLACE),
    Defence("invoicing_progressivecredit", "invoicing_progressivecredit_frozen",
            "DELETE FROM invoicing_progressivecredit", "TRIGGER"),
    Defence("invoicing_appliedusagethreshold", "invoicing_appliedusagethreshold_frozen",
            "DELETE FROM invoicing_appliedusagethreshold", "TRIGGER"),
    copied("invoicing_appliedusagethreshold", "threshold_once_on_invoice", "r.id = 1"),
    copied("invoicing_appliedusagethreshold", "applied_threshold_positive", "r.id = 1", amount_cents="0", **NEW_PLACE),
    copied("plans_usagethreshold", "threshold_once_a_plan", "r.id = 1", kind="INDEX"),
    changed("plans_usagethreshold", "threshold_has_one_owner", "plan_id = NULL", "id = 1"),
    changed("plans_usagethreshold", "threshold_positive", "amount_cents = 0", "id = 1"),
    changed("plans_subscription", "subscription_historical_not_negative", "historical_usage_amount_cents = -1",
            "id = 1"),
    # Usage that came in late is billed once
    copied(LATE, "late_usage_number_once", "true"),
    Defence(LATE, "late_usage_one_open",
            f"""INSERT INTO {LATE} SELECT (pg_temp.copied(r, jsonb_build_object('id', n, 'lago_id', gen_random_uuid(),
            'number', n, 'status', 'listed', 'invoice_id', NULL))).* FROM {LATE} r, generate_series(98, 99) AS n""",
            "INDEX"),
    copied(LATE, "late_usage_billed_on_invoice", "true", number="9", invoice_id="NULL"),
    copied(LATE, "late_usage_committed_not_negative", "true", number="9", committed_amount_cents="-1"),
    copied(FEES, "fee_once_for_late_usage", "r.late_usage_id IS NOT NULL", kind="INDEX"),
    changed(LATE, "invoicing_lateusage_frozen", "amount_cents = 1", kind="TRIGGER"),
    # The log is only added to
    changed("core_activity", "core_activity_kept", "type = 'other'", kind="TRIGGER"),
    Defence("core_activity", "core_activity_kept", "DELETE FROM core_activity", "TRIGGER"),
    # The journal balances, hears of a fact once and is only added to
    copied(JOURNAL, "journal_entry_balances", "r.id = 1", subject_id="999", cash="1"),
    copied(JOURNAL, "journal_fact_once", "r.id = 1", kind="INDEX", lago_id="0"),
    changed(JOURNAL, "invoicing_journalentry_kept", "occurred_at = now()", kind="TRIGGER"),
    Defence(JOURNAL, "invoicing_journalentry_kept", f"DELETE FROM {JOURNAL}", "TRIGGER"),
    # Events are stored once, for ever
    Defence("metering_event_key", "metering_event_key_pkey",
            "INSERT INTO metering_event_key SELECT * FROM metering_event_key LIMIT 1"),
    copied("metering_eventstream", "event_stream_unique", "r.id = 1", lago_id="0"),
    # Who and what
    copied("plans_subscription", "subscription_one_active", "r.id = 1", kind="INDEX"),
    changed("plans_subscription", "subscription_started", "started_at = NULL", "id = 1"),
    changed("plans_subscription", "subscription_ends_after_start", "ending_at = subscription_at", "id = 1"),
    copied("customers_customer", "customer_external_id_unique", "r.id = 1", kind="INDEX", sequential_id="999",
           slug="'other'"),
    copied("customers_customer", "customer_sequence_unique", "r.id = 1", external_id="'other'", slug="'other'"),
    copied("customers_billingentity", "entity_one_default", "r.id = 1", kind="INDEX", code="'other'"),
    copied("customers_tax", "tax_code_unique", "r.id = 1", kind="INDEX"),
    changed("customers_tax", "tax_rate_percent", "rate = 101"),
    copied("plans_plan", "plan_code_unique", "r.id = 1", kind="INDEX"),
    changed("plans_plan", "plan_amount_not_negative", "amount_cents = -1"),
    copied("plans_charge", "charge_code_unique", "r.id = 1", kind="INDEX"),
    copied("metering_billablemetric", "metric_code_unique", "r.id = 1", kind="INDEX"),
    copied("credits_coupon", "coupon_code_unique", "r.id = 1", kind="INDEX"),
    changed("credits_coupon", "coupon_terms", "percentage_rate = 0, amount_cents = 0"),
    changed("credits_appliedcoupon", "applied_coupon_not_overdrawn", "remaining_cents = -1"),
    changed("core_counter", "core_counter_not_negative", "latest = -1"),
    changed("core_organization", "core_one_organization", "is_only_row = false"),
)  # fmt: skip
# Tables and columns whose rows cannot point to nothing.
LINKS = (
    (FEES, "charge_id"),
    (PERIODS, "invoice_id"),
    ("invoicing_feetax", "fee_id"),
    ("invoicing_invoicetax", "invoice_id"),
    ("invoicing_invoicecredit", "applied_coupon_id"),
    (INVOICES, "billing_entity_id"),
    (JOURNAL, "customer_id"),
    ("plans_subscription", "plan_id"),
)
