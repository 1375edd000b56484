"""
Which subscriptions have had events since somebody last asked.

A reader goes by transaction ids, as the rollups do: what is below the oldest transaction still running has been told
for good, what is not is told next time. So each event is told once, whenever its moment and its transaction were.
"""

from collections.abc import Collection
from typing import NamedTuple

from django.db import connection


class Span(NamedTuple):
    """The transactions [old, new) whose events a reader has not been told yet; of a restored dump, all there are."""

    old: str
    new: str
    is_restored: bool


def advance(reader: str) -> Span | None:
    """
    Move a reader to where it has been told all, inside the caller's transaction, and return over what it has moved.

    None while another transaction is asking for this reader.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_arrival_reader (reader, watermark, cluster) SELECT %s, '0', system_identifier"
            " FROM pg_control_system() ON CONFLICT DO NOTHING",
            [reader],
        )
        cursor.execute(
            "SELECT watermark::text, cluster = (SELECT system_identifier FROM pg_control_system())"
            " FROM metering_arrival_reader WHERE reader = %s FOR UPDATE SKIP LOCKED",
            [reader],
        )
        state = cursor.fetchone()
        if state is None:
            return None
        watermark, is_same_cluster = state
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        reached = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE metering_arrival_reader SET watermark = %s::xid8,"
            " cluster = (SELECT system_identifier FROM pg_control_system()) WHERE reader = %s",
            [reached, reader],
        )
    return Span(watermark, reached, not is_same_cluster)


def since_last(reader: str, external_ids: Collection[str]) -> set[str]:
    """
    Return which of these external subscription ids have had events since this reader last asked.

    Inside the caller's transaction; nothing while another one is asking. After a dump was restored, all of them.
    """
    span = advance(reader)
    if span is None or not external_ids:
        return set()
    if span.is_restored:
        return set(external_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT s.external_subscription_id FROM metering_event e"
            " JOIN metering_eventstream s ON s.id = e.stream_id"
            " WHERE e.xid >= %s::xid8 AND e.xid < %s::xid8 AND s.external_subscription_id = ANY(%s)",
            [span.old, span.new, list(external_ids)],
        )
        return {row[0] for row in cursor.fetchall()}
