from django.db import migrations

# The same buckets by whole days: what lies far from the edges of a period is read from these. They are filled with the
# others, from all events, by the next roll.
FORWARD = """
CREATE TABLE metering_day_bucket (LIKE metering_bucket INCLUDING ALL);
ALTER TABLE metering_day_bucket ADD FOREIGN KEY (rollup_id) REFERENCES metering_rollup ON DELETE CASCADE;
DELETE FROM metering_rollup;
"""
BACKWARD = "DROP TABLE metering_day_bucket;"


class Migration(migrations.Migration):
    dependencies = [("metering", "0006_arrival_readers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
