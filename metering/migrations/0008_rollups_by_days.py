from django.db import migrations

# Where quarters of an hour hold hardly more than an event each, a rollup keeps days alone (metering.services.rollups).
# What was switched off for its quarters is tried again by days.
FORWARD = """
ALTER TABLE metering_rollup DROP CONSTRAINT metering_rollup_state_check;
ALTER TABLE metering_rollup ADD COLUMN days bigint NOT NULL DEFAULT 0;
ALTER TABLE metering_rollup ADD CONSTRAINT metering_rollup_state_check
    CHECK (state IN ('new', 'ready', 'days', 'off'));
DELETE FROM metering_rollup WHERE state = 'off';
UPDATE metering_rollup r SET days = (SELECT count(*) FROM metering_day_bucket b WHERE b.rollup_id = r.id);
"""
BACKWARD = """
DELETE FROM metering_rollup WHERE state = 'days';
ALTER TABLE metering_rollup DROP CONSTRAINT metering_rollup_state_check;
ALTER TABLE metering_rollup ADD CONSTRAINT metering_rollup_state_check CHECK (state IN ('new', 'ready', 'off'));
ALTER TABLE metering_rollup DROP COLUMN days;
"""


class Migration(migrations.Migration):
    dependencies = [("metering", "0007_day_buckets")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
