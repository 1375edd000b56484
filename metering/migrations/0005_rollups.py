from django.db import migrations

# `xid` is the transaction that brought the event: what is below the watermark of `metering_rollup_state` is in the
# buckets, what is not is read from the events (metering.selectors.rollups). A rollup that changes gets a new id.
FORWARD = """
ALTER TABLE metering_event ADD COLUMN xid xid8 NOT NULL DEFAULT '0';
ALTER TABLE metering_event ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
CREATE INDEX metering_event_tail ON metering_event (xid, stream_id);
CREATE TABLE metering_rollup_state (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    watermark xid8 NOT NULL,
    cluster bigint NOT NULL
);
INSERT INTO metering_rollup_state (watermark, cluster)
    SELECT '0', system_identifier FROM pg_control_system();
CREATE TABLE metering_rollup_key (
    code varchar(255) NOT NULL,
    key varchar(255) NOT NULL,
    PRIMARY KEY (code, key)
);
CREATE TABLE metering_rollup (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code varchar(255) NOT NULL UNIQUE,
    field varchar(255) NOT NULL,
    keys text[] NOT NULL,
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'ready', 'off')),
    events bigint NOT NULL DEFAULT 0,
    buckets bigint NOT NULL DEFAULT 0
);
CREATE TABLE metering_bucket (
    rollup_id bigint NOT NULL REFERENCES metering_rollup ON DELETE CASCADE,
    stream_id bigint NOT NULL,
    at timestamptz NOT NULL,
    dimensions jsonb NOT NULL,
    events bigint NOT NULL,
    valued bigint NOT NULL,
    total numeric NOT NULL,
    maximum numeric,
    latest_at timestamptz,
    latest_id bigint,
    latest numeric,
    moments numeric NOT NULL,
    prices numeric NOT NULL,
    PRIMARY KEY (rollup_id, stream_id, at, dimensions)
);
"""
BACKWARD = """
DROP TABLE metering_bucket;
DROP TABLE metering_rollup;
DROP TABLE metering_rollup_key;
DROP TABLE metering_rollup_state;
DROP INDEX metering_event_tail;
ALTER TABLE metering_event DROP COLUMN xid;
"""


class Migration(migrations.Migration):
    dependencies = [("metering", "0004_paid_at_once")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
