"""
Rolling events up into buckets of 15 minutes and of days, from which most questions of usage are answered.

A rollup belongs to a metric: its property, and the keys by which its usage is filtered or grouped. `roll` adds what
was committed since the last time, wherever its moment lies, in one transaction. It goes by transaction ids: what is
below the oldest transaction still running cannot change any more. A long write transaction holds it back; usage stays
exact then and gets slower.

| a rollup is | because |
|---|---|
| new | its metric is new, or its property or keys have changed; the next roll fills it from all events |
| ready | it is read |
| days | nearly each event is alone in its quarter of an hour: only days are kept and read |
| off | nearly each event is alone in its day, too: reading the events is no slower |
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from metering.selectors import statements
from metering.selectors.sums import ADDED_UP

MAX_SPARSE_BUCKETS = 100_000


@transaction.atomic
def ensure(code: str, keys: Iterable[str]) -> None:
    """Have the usage of a metric, by its code, kept apart by these properties too, because prices group by them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_rollup_key (code, key) SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [code, sorted(set(keys))],
        )


@transaction.atomic
def roll() -> int:
    """Roll up what is new and return how many events that were (of each rollup); 0 if another process is at it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT watermark::text, cluster = (SELECT system_identifier FROM pg_control_system())"
            " FROM metering_rollup_state FOR UPDATE SKIP LOCKED"
        )
        state = cursor.fetchone()
        if state is None:
            return 0
        watermark, is_same_cluster = state
        if not is_same_cluster:
            _begin_anew(cursor)
        cursor.execute(_DROP, [list(ADDED_UP)])
        cursor.execute(_DEFINE, [list(ADDED_UP)])
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        bounds = {"old": watermark, "new": cursor.fetchone()[0]}
        rolled = _add(cursor, ["ready", "days"], bounds) + _add(cursor, ["new"], bounds | {"old": "0"})
        cursor.execute("UPDATE metering_rollup SET state = 'ready' WHERE state = 'new'")
        _switch_off_sparse(cursor)
        cursor.execute("UPDATE metering_rollup_state SET watermark = %(new)s::xid8", bounds)
        return rolled


# Of each metric whose aggregation can be merged: its property and the keys of its filters and of groups in prices.
_WANTED = """
    WITH wanted AS (
        SELECT m.code, CASE WHEN m.aggregation_type = 'count_agg' THEN '' ELSE m.field_name END AS field, ARRAY(
            SELECT f.key::text FROM metering_billablemetricfilter f WHERE f.billable_metric_id = m.id
            UNION SELECT k.key::text FROM metering_rollup_key k WHERE k.code = m.code ORDER BY 1
        ) AS keys
        FROM metering_billablemetric m
        WHERE m.deleted_at IS NULL AND m.aggregation_type = ANY(%s)
    )
"""
_DROP = f"""{_WANTED}
    DELETE FROM metering_rollup r WHERE NOT EXISTS (
        SELECT FROM wanted w WHERE w.code = r.code AND w.field = r.field AND w.keys = r.keys
    )
"""
_DEFINE = f"""{_WANTED}
    INSERT INTO metering_rollup (code, field, keys)
    SELECT code, field, keys FROM wanted ON CONFLICT (code) DO NOTHING
"""

_LATEST = '(array_agg({} ORDER BY e."timestamp" DESC, e.id DESC) FILTER (WHERE v.value IS NOT NULL))[1]'
_LATEST_OF_QUARTERS = (
    "(array_agg({0} ORDER BY latest_at DESC, latest_id DESC) FILTER (WHERE latest_at IS NOT NULL))[1] AS {0}"
)
_IS_LATER = (
    "excluded.latest_at IS NOT NULL AND (b.latest_at IS NULL"
    " OR (excluded.latest_at, excluded.latest_id) > (b.latest_at, b.latest_id))"
)
_MERGED = f"""
    ON CONFLICT (rollup_id, stream_id, at, dimensions) DO UPDATE SET
        events = b.events + excluded.events,
        valued = b.valued + excluded.valued,
        total = b.total + excluded.total,
        maximum = greatest(b.maximum, excluded.maximum),
        latest_at = CASE WHEN {_IS_LATER} THEN excluded.latest_at ELSE b.latest_at END,
        latest_id = CASE WHEN {_IS_LATER} THEN excluded.latest_id ELSE b.latest_id END,
        latest = CASE WHEN {_IS_LATER} THEN excluded.latest ELSE b.latest END,
        moments = b.moments + excluded.moments,
        prices = b.prices + excluded.prices
"""
# OFFSET 0 keeps the planner from reading the number anew for each of the figures that are made of it.
_ADD = f"""
    WITH fresh AS (
        SELECT r.id AS rollup_id, e.stream_id,
            date_bin('15 minutes', e."timestamp", timestamptz '2000-01-01Z') AS at, d.dimensions,
            count(*) AS events, count(v.value) AS valued, coalesce(sum(v.value), 0) AS total, max(v.value) AS maximum,
            {_LATEST.format('e."timestamp"')} AS latest_at, {_LATEST.format("e.id")} AS latest_id,
            {_LATEST.format("v.value")} AS latest,
            coalesce(sum(v.value * extract(epoch FROM e."timestamp")), 0) AS moments,
            coalesce(sum(e.precise_total_amount_cents), 0) AS prices
        FROM metering_event e
        JOIN metering_eventstream s ON s.id = e.stream_id
        JOIN metering_rollup r ON r.code = s.code AND r.state = ANY(%(states)s)
        CROSS JOIN LATERAL (SELECT {statements.number("e.properties ->> r.field")} AS value OFFSET 0) v
        CROSS JOIN LATERAL (
            SELECT CASE WHEN r.keys = '{{}}' THEN '{{}}' ELSE (
                SELECT jsonb_object_agg(k, e.properties ->> k) FROM unnest(r.keys) AS k
            ) END AS dimensions
        ) d
        WHERE e.xid >= %(old)s::xid8 AND e.xid < %(new)s::xid8
        GROUP BY 1, 2, 3, 4
    ), days AS (
        INSERT INTO metering_day_bucket AS b
        SELECT rollup_id, stream_id, date_bin('1 day', at, timestamptz '2000-01-01Z') AS at, dimensions,
            sum(events), sum(valued), sum(total), max(maximum),
            {", ".join(_LATEST_OF_QUARTERS.format(name) for name in ("latest_at", "latest_id", "latest"))},
            sum(moments), sum(prices)
        FROM fresh GROUP BY 1, 2, 3, 4
        {_MERGED}
        RETURNING b.rollup_id, b.xmax = 0 AS is_new
    ), quarters AS (
        INSERT INTO metering_bucket AS b SELECT * FROM fresh
        WHERE rollup_id IN (SELECT id FROM metering_rollup WHERE state <> 'days')
        {_MERGED}
        RETURNING b.rollup_id, b.xmax = 0 AS is_new
    ), counted AS (
        UPDATE metering_rollup r SET events = r.events + f.events,
            buckets = r.buckets + (SELECT count(*) FROM quarters q WHERE q.rollup_id = r.id AND is_new),
            days = r.days + (SELECT count(*) FROM days d WHERE d.rollup_id = r.id AND is_new)
        FROM (SELECT rollup_id, sum(events) AS events FROM fresh GROUP BY 1) f
        WHERE r.id = f.rollup_id
    )
    SELECT coalesce(sum(events), 0)::bigint FROM fresh
"""


def _add(cursor: Any, states: list[str], bounds: dict[str, str]) -> int:
    """Add the events of transactions [old, new) to the rollups that are in one of these states."""
    cursor.execute(_ADD, {"states": states, **bounds})
    count: int = cursor.fetchone()[0]
    return count


def _begin_anew(cursor: Any) -> None:
    """
    Forget the buckets after a dump was restored into another cluster, whose transaction ids are not those stored.

    Until then `metering.selectors.sums` answers from the events alone.
    """
    cursor.execute(
        """
        UPDATE metering_event SET xid = '0' WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());
        DELETE FROM metering_rollup;
        UPDATE metering_rollup_state SET cluster = (SELECT system_identifier FROM pg_control_system())
        """
    )


def _switch_off_sparse(cursor: Any) -> None:
    """Forget buckets that hold hardly more than an event each: first those by quarters, then those by days."""
    cursor.execute(
        """
        WITH sparse AS (
            UPDATE metering_rollup SET state = 'days'
            WHERE state = 'ready' AND buckets > %(most)s AND buckets * 2 > events RETURNING id
        )
        DELETE FROM metering_bucket b USING sparse WHERE b.rollup_id = sparse.id;
        WITH sparse AS (
            UPDATE metering_rollup SET state = 'off'
            WHERE state = 'days' AND days > %(most)s AND days * 2 > events RETURNING id
        )
        DELETE FROM metering_day_bucket b USING sparse WHERE b.rollup_id = sparse.id
        """,
        {"most": MAX_SPARSE_BUCKETS},
    )
