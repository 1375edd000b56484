"""What is always true of events: each is there once, and remembered."""

from billing_site.core.audit import Invariant

INVARIANTS = (
    Invariant(
        "events_are_remembered",
        "Every stored event has its key and every key its event, counted by stream and moment.",
        """SELECT coalesce(e.stream_id, k.stream_id) AS stream_id, coalesce(e."timestamp", k."timestamp") AS at,
                coalesce(e.count, 0) AS events, coalesce(k.count, 0) AS keys
            FROM (SELECT stream_id, "timestamp", count(*) FROM metering_event GROUP BY 1, 2) e
            FULL JOIN (SELECT stream_id, "timestamp", count(*) FROM metering_event_key GROUP BY 1, 2) k
                ON k.stream_id = e.stream_id AND k."timestamp" = e."timestamp"
            WHERE e.count IS DISTINCT FROM k.count""",
    ),
    Invariant(
        "events_are_stored_once",
        "No two events of a subscription have the same transaction id.",
        """SELECT s.external_subscription_id, e.transaction_id, count(*) AS events
            FROM metering_event e JOIN metering_eventstream s ON s.id = e.stream_id
            GROUP BY s.external_subscription_id, e.transaction_id HAVING count(*) > 1""",
    ),
    Invariant(
        "events_have_their_stream",
        "Every event belongs to a stream that is there.",
        """SELECT e.id, e.stream_id, e."timestamp" FROM metering_event e
            WHERE NOT EXISTS (SELECT 1 FROM metering_eventstream s WHERE s.id = e.stream_id)""",
    ),
    Invariant(
        "event_prices_are_numbers",
        "No event was sent with a price that is not a number.",
        """SELECT id, stream_id, "timestamp" FROM metering_event WHERE precise_total_amount_cents = 'NaN'""",
    ),
)
# Defences that migrations made in SQL: (table, name).
CONSTRAINTS = (("metering_event_key", "metering_event_key_pkey"), ("metering_event", "metering_event_read"))
