from django.db import migrations

# Events by month (partitions are made by metering.services.partitions as they are needed; what fits none goes to the
# default one), and the memory of keys in 16 parts by hash. No foreign keys: intake is the hot path, a stream row is
# always written before its events.
FORWARD = """
CREATE SEQUENCE metering_event_id_seq AS bigint;
CREATE TABLE metering_event (
    id bigint NOT NULL DEFAULT nextval('metering_event_id_seq'),
    lago_id uuid NOT NULL,
    stream_id bigint NOT NULL,
    "timestamp" timestamptz NOT NULL,
    transaction_id varchar(255) NOT NULL,
    properties jsonb NOT NULL,
    precise_total_amount_cents numeric(40, 15),
    created_at timestamptz NOT NULL,
    CHECK (precise_total_amount_cents IS NULL OR precise_total_amount_cents <> 'NaN')
) PARTITION BY RANGE ("timestamp");
CREATE INDEX metering_event_read ON metering_event (stream_id, "timestamp");
CREATE TABLE metering_event_default PARTITION OF metering_event DEFAULT;
CREATE TABLE metering_event_key (
    key uuid NOT NULL,
    stream_id bigint NOT NULL,
    "timestamp" timestamptz NOT NULL,
    PRIMARY KEY (key)
) PARTITION BY HASH (key);
"""
PARTS = "".join(
    f"CREATE TABLE metering_event_key_{part} PARTITION OF metering_event_key"
    f" FOR VALUES WITH (MODULUS 16, REMAINDER {part});\n"
    for part in range(16)
)
BACKWARD = """
DROP TABLE metering_event_key;
DROP TABLE metering_event;
DROP SEQUENCE metering_event_id_seq;
"""


class Migration(migrations.Migration):
    dependencies = [("metering", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD + PARTS, BACKWARD)]
