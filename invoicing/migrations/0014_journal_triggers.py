from django.db import migrations

# Double entry by the statement that makes the fact (reliability L13): whatever code wrote it, the journal has it. The
# triggers see all rows of a statement at once, so a COPY of a billing chunk is one INSERT more.
#
# `new_rows` and `old_rows` are the rows of the statement after and before; on INSERT there is nothing before.
NOTHING_BEFORE = "LEFT JOIN (SELECT * FROM {table} WHERE false) o ON false"
BEFORE = "JOIN old_rows o ON o.id = n.id"

INVOICES = """
    INSERT INTO invoicing_journalentry (kind, customer_id, currency, subject_type, subject_id, occurred_at,
        receivable, revenue, purchases, discounts, thresholds, taxes, credits_owed, drawn)
    SELECT 'invoiced', n.customer_id, n.currency, 'invoicing.invoice', n.id, n.finalized_at,
        n.total_amount_cents,
        CASE n.invoice_type WHEN 'credit' THEN 0 ELSE -n.fees_amount_cents END,
        CASE n.invoice_type WHEN 'credit' THEN -n.fees_amount_cents ELSE 0 END,
        n.coupons_amount_cents, n.progressive_billing_credit_amount_cents, -n.taxes_amount_cents,
        n.credit_notes_amount_cents, n.prepaid_credit_amount_cents
    FROM new_rows n {before}
    WHERE n.status = 'finalized' AND o.status IS DISTINCT FROM 'finalized' ORDER BY n.id;

    INSERT INTO invoicing_journalentry (kind, customer_id, currency, subject_type, subject_id, occurred_at,
        receivable, cash)
    SELECT 'paid', n.customer_id, n.currency, 'invoicing.invoice', n.id, n.updated_at,
        coalesce(o.total_paid_amount_cents, 0) - n.total_paid_amount_cents,
        n.total_paid_amount_cents - coalesce(o.total_paid_amount_cents, 0)
    FROM new_rows n {before}
    WHERE n.total_paid_amount_cents <> coalesce(o.total_paid_amount_cents, 0) ORDER BY n.id;
"""

# A void invoice is asked for no longer. What was paid of it is not lost: the note made with it gives it back, and that
# note takes back no revenue, since there is none. What notes and wallets had paid stays used (table 1.17), unless the
# wallet's own entry brings it back.
VOIDED = """
    INSERT INTO invoicing_journalentry (kind, customer_id, currency, subject_type, subject_id, occurred_at,
        receivable, revenue, purchases, discounts, thresholds, taxes, drawn, credited, lapsed)
    SELECT 'voided', n.customer_id, n.currency, 'invoicing.invoice', n.id, n.voided_at,
        n.total_paid_amount_cents + n.offset_amount_cents - e.receivable,
        -e.revenue, -e.purchases, -e.discounts, -e.thresholds, -e.taxes - notes.taxes, -e.drawn,
        notes.taxes - n.total_paid_amount_cents - n.offset_amount_cents, -e.credits_owed
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    JOIN invoicing_journalentry e
        ON e.subject_type = 'invoicing.invoice' AND e.subject_id = n.id AND e.kind = 'invoiced'
    CROSS JOIN LATERAL (SELECT coalesce(sum(taxes_amount_cents), 0) AS taxes FROM invoicing_creditnote
        WHERE invoice_id = n.id AND credit_status <> 'voided') notes
    WHERE n.status = 'voided' AND o.status = 'finalized' ORDER BY n.id;
"""

NOTES = """
    INSERT INTO invoicing_journalentry (kind, customer_id, currency, subject_type, subject_id, occurred_at,
        credited, taxes, credits_owed, refunds_owed, receivable)
    SELECT 'credited', customer_id, currency, 'invoicing.creditnote', id, created_at,
        sub_total_excluding_taxes_amount_cents, taxes_amount_cents,
        -credit_amount_cents, -refund_amount_cents, -offset_amount_cents
    FROM new_rows ORDER BY id;
"""
NOTE_CHANGES = """
    INSERT INTO invoicing_journalentry (kind, customer_id, currency, subject_type, subject_id, occurred_at,
        credits_owed, lapsed)
    SELECT 'credit_voided', n.customer_id, n.currency, 'invoicing.creditnote', n.id, n.updated_at,
        o.balance_amount_cents, -o.balance_amount_cents
    FROM new_rows n JOIN old_rows o ON o.id = n.id
    WHERE n.credit_status = 'voided' AND o.credit_status <> 'voided' ORDER BY n.id;
"""
# A refund is paid once it has succeeded, and is owed again if it turns out that it has not.
REFUNDS = """
    INSERT INTO invoicing_journalentry (kind, customer_id, currency, subject_type, subject_id, occurred_at,
        refunds_owed, cash)
    SELECT 'refunded', n.customer_id, n.currency, 'invoicing.creditnote', n.id, n.updated_at,
        CASE n.refund_status WHEN 'succeeded' THEN n.refund_amount_cents ELSE -n.refund_amount_cents END,
        CASE n.refund_status WHEN 'succeeded' THEN -n.refund_amount_cents ELSE n.refund_amount_cents END
    FROM new_rows n {before}
    WHERE (n.refund_status = 'succeeded') <> (coalesce(o.refund_status, '') = 'succeeded')
        AND n.refund_amount_cents <> 0 ORDER BY n.id;
"""

# An entry counts when it settles. What was bought comes from its invoice, what is given back from the void one.
WALLETS = """
    INSERT INTO invoicing_journalentry (kind, customer_id, currency, subject_type, subject_id, occurred_at,
        wallets, purchases, drawn, granted, lapsed)
    SELECT CASE WHEN sign < 0 THEN 'filled' ELSE 'drawn' END, customer_id, currency, 'credits.wallettransaction', id,
        settled_at, sign * cents,
        CASE account WHEN 'purchases' THEN -sign * cents ELSE 0 END,
        CASE account WHEN 'drawn' THEN -sign * cents ELSE 0 END,
        CASE account WHEN 'granted' THEN -sign * cents ELSE 0 END,
        CASE account WHEN 'lapsed' THEN -sign * cents ELSE 0 END
    FROM (
        SELECT n.id, n.settled_at, n.amount_cents AS cents, w.customer_id, w.currency,
            CASE n.transaction_type WHEN 'inbound' THEN -1 ELSE 1 END AS sign,
            CASE WHEN n.voided_invoice_id IS NOT NULL OR n.transaction_status = 'invoiced' THEN 'drawn'
                 WHEN n.transaction_status = 'purchased' THEN 'purchases'
                 WHEN n.transaction_status = 'granted' THEN 'granted'
                 ELSE 'lapsed' END AS account
        FROM new_rows n {before} JOIN credits_wallet w ON w.id = n.wallet_id
        WHERE n.status = 'settled' AND o.status IS DISTINCT FROM 'settled'
    ) settled ORDER BY id;
"""

# table -> what its rows post when they are inserted, and when they are changed.
POSTINGS = {
    "invoicing_invoice": (INVOICES, INVOICES + VOIDED),
    "invoicing_creditnote": (NOTES + REFUNDS, NOTE_CHANGES + REFUNDS),
    "credits_wallettransaction": (WALLETS, WALLETS),
}
TRIGGER = """
CREATE FUNCTION {table}_posted_on_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {body}
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_posted_on_{event} AFTER {event} ON {table} REFERENCING {rows}
    FOR EACH STATEMENT EXECUTE FUNCTION {table}_posted_on_{event}();
"""


def triggers() -> str:
    """Return the functions and triggers of all tables, in SQL."""
    made = []
    for table, (inserted, updated) in POSTINGS.items():
        nothing = NOTHING_BEFORE.format(table=table)
        on_insert, on_update = inserted.replace("{before}", nothing), updated.replace("{before}", BEFORE)
        made += [
            TRIGGER.format(table=table, event="insert", body=on_insert, rows="NEW TABLE AS new_rows"),
            TRIGGER.format(
                table=table, event="update", body=on_update, rows="OLD TABLE AS old_rows NEW TABLE AS new_rows"
            ),
        ]
    return "".join(made)


KEPT = """
CREATE FUNCTION invoicing_keep_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is only written, never changed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER invoicing_journalentry_kept BEFORE UPDATE OR DELETE ON invoicing_journalentry
    FOR EACH ROW EXECUTE FUNCTION invoicing_keep_journal();
CREATE TRIGGER invoicing_journalentry_not_emptied BEFORE TRUNCATE ON invoicing_journalentry
    FOR EACH STATEMENT EXECUTE FUNCTION invoicing_keep_journal();
"""
UNDO = "DROP FUNCTION invoicing_keep_journal() CASCADE;" + "".join(
    f"DROP FUNCTION {table}_posted_on_{event}() CASCADE;" for table in POSTINGS for event in ("insert", "update")
)


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0013_journal"), ("credits", "0005_wallet_numbers")]

    operations = [migrations.RunSQL(triggers() + KEPT, UNDO)]
