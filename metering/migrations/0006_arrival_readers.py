from django.db import migrations

# How far each reader has been told which subscriptions had events (metering.services.arrivals).
FORWARD = """
CREATE TABLE metering_arrival_reader (
    reader varchar(50) PRIMARY KEY,
    watermark xid8 NOT NULL,
    cluster bigint NOT NULL
);
"""
BACKWARD = "DROP TABLE metering_arrival_reader;"


class Migration(migrations.Migration):
    dependencies = [("metering", "0005_rollups")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
