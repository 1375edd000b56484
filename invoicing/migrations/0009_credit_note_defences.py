from django.db import migrations

# What may still move on a final invoice, and what only happens to a fee or to a credit note (reliability L22).
INVOICE = """'status', 'payment_status', 'total_paid_amount_cents', 'payment_overdue', 'voided_at',
             'payment_dispute_lost_at', 'updated_at'"""
FREEZE = """
CREATE OR REPLACE FUNCTION invoicing_freeze_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status IN ('finalized', 'voided') THEN
            RAISE EXCEPTION 'a final invoice cannot be deleted' USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.status IN ('finalized', 'voided') AND (
        to_jsonb(NEW) - ARRAY[{columns}] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[{columns}]
        OR NEW.status NOT IN ('finalized', 'voided') OR (OLD.status = 'voided' AND NEW.status <> 'voided')
    ) THEN
        RAISE EXCEPTION 'a final invoice cannot be changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
NOTES = """
CREATE FUNCTION invoicing_freeze_credit_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR
        to_jsonb(NEW) - ARRAY['balance_amount_cents', 'credit_status', 'refund_status', 'metadata', 'voided_at',
                              'refunded_at', 'updated_at']
        IS DISTINCT FROM
        to_jsonb(OLD) - ARRAY['balance_amount_cents', 'credit_status', 'refund_status', 'metadata', 'voided_at',
                              'refunded_at', 'updated_at']
        OR NEW.balance_amount_cents > OLD.balance_amount_cents
    THEN
        RAISE EXCEPTION 'a credit note cannot be changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_creditnote_frozen BEFORE UPDATE OR DELETE ON invoicing_creditnote
    FOR EACH ROW EXECUTE FUNCTION invoicing_freeze_credit_note();

CREATE FUNCTION invoicing_freeze_credit_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of a credit note cannot be changed' USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION invoicing_credit_within_fee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount_cents) FROM invoicing_creditnoteitem WHERE fee_id = NEW.fee_id)
        > (SELECT amount_cents FROM invoicing_fee WHERE id = NEW.fee_id)
    THEN
        RAISE EXCEPTION 'more is given back than the fee' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoicing_creditnoteitem_within_fee AFTER INSERT ON invoicing_creditnoteitem
    FOR EACH ROW EXECUTE FUNCTION invoicing_credit_within_fee();
"""
ROWS = "".join(
    f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION invoicing_freeze_credit_rows();\n"
    for table in ("invoicing_creditnoteitem", "invoicing_creditnotetax", "invoicing_creditnoteuse")
)
UNDO = """
DROP FUNCTION invoicing_freeze_credit_note() CASCADE;
DROP FUNCTION invoicing_freeze_credit_rows() CASCADE;
DROP FUNCTION invoicing_credit_within_fee() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0008_credit_notes")]

    operations = [
        migrations.RunSQL(
            FREEZE.replace("{columns}", f"{INVOICE}, 'offset_amount_cents'"), FREEZE.replace("{columns}", INVOICE)
        ),
        migrations.RunSQL(NOTES + ROWS, UNDO),
    ]
