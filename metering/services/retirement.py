"""
What becomes of the events of a deleted metric: they are put aside.

They stay, with their ids taken for ever and what was billed of them explained; but under another code, so that a metric
made later with the old one does not count them. Events that come in after the deletion are not touched.
"""

from typing import Any

from django.db import connection, transaction

from metering.models import BillableMetric

_PAIRS = """
    FROM metering_eventstream old JOIN metering_eventstream aside
        ON aside.external_subscription_id = old.external_subscription_id AND aside.code = %(aside)s
    WHERE old.code = %(code)s
"""
_STEPS = (
    # Nothing is rolled up meanwhile, and the buckets that knew the events go.
    "SELECT FROM metering_rollup_state FOR UPDATE",
    "DELETE FROM metering_rollup WHERE code = %(code)s",
    """
    INSERT INTO metering_eventstream (external_subscription_id, code)
        SELECT external_subscription_id, %(aside)s FROM metering_eventstream WHERE code = %(code)s
    ON CONFLICT DO NOTHING
    """,
    f"""
    WITH pair AS (SELECT old.id AS old_id, aside.id AS aside_id {_PAIRS}), moved AS (
        UPDATE metering_event e SET stream_id = pair.aside_id FROM pair
        WHERE e.stream_id = pair.old_id AND e.created_at <= %(until)s
        RETURNING e.lago_id, e.stream_id
    )
    UPDATE metering_event_key k SET stream_id = moved.stream_id FROM moved WHERE k.key = moved.lago_id
    """,
)


@transaction.atomic
def put_aside(metric: BillableMetric) -> None:
    """Put the events aside that came in before this metric was deleted; doing it again changes nothing."""
    assert metric.deleted_at is not None
    values: dict[str, Any] = {"code": metric.code, "aside": metric.stream_code, "until": metric.deleted_at}
    with connection.cursor() as cursor:
        for step in _STEPS:
            cursor.execute(step, values)
