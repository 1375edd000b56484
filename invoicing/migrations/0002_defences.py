from django.db import migrations

# The chain of billed periods: each names the end of the one before it, which must exist (house decision 9).
CHAIN = """
ALTER TABLE invoicing_billedperiod ADD CONSTRAINT period_previous_exists
    FOREIGN KEY (subscription_id, kind, previous_end)
    REFERENCES invoicing_billedperiod (subscription_id, kind, ends_at);
"""
CHAIN_UNDO = "ALTER TABLE invoicing_billedperiod DROP CONSTRAINT period_previous_exists;"

# Final is final (reliability L22): after that only what happens to an invoice may be written, not what it says.
FREEZE = """
CREATE FUNCTION invoicing_freeze_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status IN ('finalized', 'voided') THEN
            RAISE EXCEPTION 'a final invoice cannot be deleted' USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.status IN ('finalized', 'voided') AND (
        to_jsonb(NEW) - ARRAY['status', 'payment_status', 'total_paid_amount_cents', 'payment_overdue', 'voided_at',
                              'payment_dispute_lost_at', 'updated_at']
        IS DISTINCT FROM
        to_jsonb(OLD) - ARRAY['status', 'payment_status', 'total_paid_amount_cents', 'payment_overdue', 'voided_at',
                              'payment_dispute_lost_at', 'updated_at']
        OR NEW.status NOT IN ('finalized', 'voided') OR (OLD.status = 'voided' AND NEW.status <> 'voided')
    ) THEN
        RAISE EXCEPTION 'a final invoice cannot be changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_invoice_frozen BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_freeze_invoice();

CREATE FUNCTION invoicing_freeze_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoicing_invoice WHERE id = OLD.invoice_id AND status IN ('finalized', 'voided')) THEN
        IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'invoicing_fee' AND
            to_jsonb(NEW) - ARRAY['payment_status', 'succeeded_at', 'failed_at', 'refunded_at', 'updated_at']
            = to_jsonb(OLD) - ARRAY['payment_status', 'succeeded_at', 'failed_at', 'refunded_at', 'updated_at'] THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a line of a final invoice cannot be changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
"""
LINES = "".join(
    f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION invoicing_freeze_lines();\n"
    for table in ("invoicing_fee", "invoicing_invoicetax", "invoicing_invoicecredit", "invoicing_invoicesubscription")
)
FREEZE_UNDO = """
DROP FUNCTION invoicing_freeze_invoice() CASCADE;
DROP FUNCTION invoicing_freeze_lines() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial")]

    operations = [
        migrations.RunSQL(CHAIN, CHAIN_UNDO),
        migrations.RunSQL(FREEZE + LINES, FREEZE_UNDO),
    ]
