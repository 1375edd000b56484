from django.db import migrations

FORWARD = """
CREATE FUNCTION core_keep_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND
        to_jsonb(NEW) - ARRAY['state', 'attempts', 'next_attempt_at', 'lease_token', 'last_error']
        = to_jsonb(OLD) - ARRAY['state', 'attempts', 'next_attempt_at', 'lease_token', 'last_error'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the activity log is only added to' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER core_activity_kept BEFORE UPDATE OR DELETE ON core_activity
    FOR EACH ROW EXECUTE FUNCTION core_keep_activity();
"""
BACKWARD = "DROP FUNCTION core_keep_activity() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
