from django.db import migrations

# What a wallet's transactions say stays (reliability L12): a pending one is settled or fails once, and only what is
# left of it moves after.
DEFENCES = """
CREATE FUNCTION credits_keep_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a wallet transaction cannot be deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF to_jsonb(NEW) - ARRAY['status', 'remaining_amount_cents', 'sequence', 'balance_after_cents', 'settled_at',
                             'failed_at', 'invoice_id', 'updated_at']
        IS DISTINCT FROM
        to_jsonb(OLD) - ARRAY['status', 'remaining_amount_cents', 'sequence', 'balance_after_cents', 'settled_at',
                              'failed_at', 'invoice_id', 'updated_at']
        OR (OLD.status <> 'pending' AND (NEW.status, NEW.sequence, NEW.balance_after_cents, NEW.settled_at)
            IS DISTINCT FROM (OLD.status, OLD.sequence, OLD.balance_after_cents, OLD.settled_at))
        OR (OLD.invoice_id IS NOT NULL AND NEW.invoice_id IS DISTINCT FROM OLD.invoice_id)
        OR (OLD.remaining_amount_cents IS NOT NULL AND
            (NEW.remaining_amount_cents IS NULL OR NEW.remaining_amount_cents > OLD.remaining_amount_cents))
    THEN
        RAISE EXCEPTION 'a wallet transaction cannot be changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credits_wallettransaction_kept BEFORE UPDATE OR DELETE ON credits_wallettransaction
    FOR EACH ROW EXECUTE FUNCTION credits_keep_transaction();

CREATE FUNCTION credits_keep_consumption() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a wallet transaction was taken from cannot be changed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER credits_walletconsumption_kept BEFORE UPDATE OR DELETE ON credits_walletconsumption
    FOR EACH ROW EXECUTE FUNCTION credits_keep_consumption();
"""
DEFENCES_UNDO = """
DROP FUNCTION credits_keep_transaction() CASCADE;
DROP FUNCTION credits_keep_consumption() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0002_wallets")]

    operations = [migrations.RunSQL(DEFENCES, DEFENCES_UNDO)]
