"""
The SQL of usage: one statement for each kind of aggregation, for any number of questions at once.

Each gives rows named by `COLUMNS`. A weight is a number of days (of proration) or seconds (of a weighted sum); what it
is divided by is known to the reader. Events before `start` are there only if a metric carries over (`since` is then
minus infinity); they weigh as much as the whole time that is asked for.
"""

from typing import NamedTuple

COLUMNS = (
    "number",
    "grouped_by",
    "total",
    "events",
    "prices",
    "values",
    "weighted",
    "weights",
    "peak",
    "event_units",
    "event_weight",
    "event_added",
)


class Kind(NamedTuple):
    """What makes questions fit one statement."""

    aggregation: str
    with_values: bool = False
    is_prorated: bool = False
    is_in_advance: bool = False


# Bounds cost a regular expression ten times as much, and nearly no number needs them.
_NUMBER, _SANE_NUMBER = r"'^-?[0-9]+(?:\.[0-9]+)?$'", r"'^-?[0-9]{1,15}(?:\.[0-9]{1,30})?$'"
_SHORT = 15
ASKED = """
    WITH asked AS (
        SELECT t.*, CASE WHEN days <> '' THEN days::timestamptz[] END AS midnights FROM unnest(
            %s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::jsonb[],
            %s::jsonb[], %s::jsonb[], %s::text[], %s::int[], %s::bigint[]
        ) AS t(n, stream, since, start, stop, field, group_keys, matching, excluding, days, carried_days, event_id)
    )
"""


def number(property: str) -> str:
    """Return the number that a property is written as; NULL if it is none."""
    is_sane = f"(length({property}) <= {_SHORT} OR {property} ~ {_SANE_NUMBER})"
    return f"CASE WHEN {property} ~ {_NUMBER} AND {is_sane} THEN ({property})::numeric END"


def grouped(question: str, properties: str) -> str:
    """Return the group, by what a question asks, of an event or bucket with these properties."""
    return f"""CASE WHEN {question}.group_keys IS NOT NULL THEN (
        SELECT jsonb_object_agg(k, coalesce({properties} ->> k, ''))
        FROM jsonb_array_elements_text({question}.group_keys) AS k
    ) END"""


def matched(question: str, properties: str) -> str:
    """Return the test if these properties are what a question asks for, and no narrower filter's."""
    return f"""(({question}.matching IS NULL OR NOT EXISTS (
            SELECT FROM jsonb_each({question}.matching) AS m
            WHERE NOT coalesce(m.value ? ({properties} ->> m.key), false)))
        AND ({question}.excluding IS NULL OR NOT EXISTS (
            SELECT FROM jsonb_array_elements({question}.excluding) AS narrower
            WHERE NOT EXISTS (
                SELECT FROM jsonb_each(narrower) AS m
                WHERE NOT coalesce(m.value ? ({properties} ->> m.key), false)))))"""


_FOUND = f"""{ASKED}, found AS (
        SELECT asked.n, asked.start, asked.stop, asked.field, asked.midnights, asked.carried_days, asked.event_id,
            e.properties, e."timestamp" AS at, e.id, e.precise_total_amount_cents AS price,
            {grouped("asked", "e.properties")} AS g
        FROM asked JOIN metering_event e
            ON e.stream_id = asked.stream AND e."timestamp" >= asked.since AND e."timestamp" < asked.stop
        WHERE (asked.event_id IS NULL OR e.id <= asked.event_id)
            AND {matched("asked", "e.properties")}
    )
"""
# OFFSET 0 keeps the planner from reading the number anew for each of the figures that are made of it.
_VALUED = f"""
    , valued AS (
        SELECT *, {number("properties ->> field")} AS value FROM found OFFSET 0
    )
"""
_IS_ADDITION = "coalesce({} ->> 'operation_type', '') <> 'remove'"
_ITEMS = f"""
    , items AS (
        SELECT *, properties ->> field AS item, {_IS_ADDITION.format("properties")} AS is_addition
        FROM found WHERE properties ->> field IS NOT NULL
    )
"""
_DAYS = """
    CASE WHEN at < start THEN carried_days ELSE cardinality(midnights) - width_bucket(at, midnights) + 1 END
"""
_SECONDS = "extract(epoch FROM stop - greatest(at, start))"
_IN_ORDER = "ORDER BY at, id"
# What is paid for at once is paid as it comes in, whenever it happened: so each tier and package is paid for once.
# What was there before the period comes first.
_AS_THEY_CAME = "ORDER BY least(at, start), id"
_PRICES = "coalesce(sum(price), 0)"


def row(total: str, events: str, **others: str) -> str:
    """Return the columns of an answer; what a kind does not tell is NULL."""
    columns = {"number": "n", "grouped_by": "g", "total": total, "events": events, "prices": _PRICES} | others
    return ", ".join(columns.get(name, "NULL") for name in COLUMNS)


def _ordered(expression: str, where: str) -> str:
    return f"array_agg({expression} {_IN_ORDER}) FILTER (WHERE {where})"


def statement(kind: Kind) -> str:
    """Return the statement that answers all questions of a kind."""
    if kind.is_in_advance:
        return _FOUND + _changes(kind.aggregation) + _in_advance(with_values=kind.with_values)
    if kind.aggregation == "unique_count_agg" and kind.is_prorated:
        return _FOUND + _ITEMS + _PRORATED_ITEMS
    if kind.aggregation == "unique_count_agg":
        return _FOUND + _ITEMS + _LATEST_OF_ITEMS
    if kind.aggregation == "sum_agg" and kind.is_prorated:
        return _FOUND + _VALUED + _PRORATED_SUM
    if kind.aggregation == "count_agg":
        return f"{_FOUND} SELECT {row('count(*)::numeric', 'count(*)')} FROM found GROUP BY n, g"
    return _FOUND + _VALUED + _simple(kind)


def events_statement() -> str:
    """
    Return the statement that gives the events themselves, for what is folded in Python.

    In the order in which they happened; up to one event that is asked about, as they came in.
    """
    order = "n, g, CASE WHEN event_id IS NULL THEN at ELSE least(at, start) END, id"
    return f"{_FOUND} SELECT n, g, properties::text, at, id, price FROM found ORDER BY {order}"


def _simple(kind: Kind) -> str:
    totals = {
        "sum_agg": "coalesce(sum(value), 0)",
        "weighted_sum_agg": "coalesce(sum(value), 0)",
        "max_agg": "coalesce(max(value), 0)",
        "latest_agg": "greatest(coalesce((array_agg(value ORDER BY at DESC, id DESC)"
        " FILTER (WHERE value IS NOT NULL))[1], 0), 0)",
    }
    others = {"values": _ordered("value", "value IS NOT NULL")} if kind.with_values else {}
    if kind.aggregation == "weighted_sum_agg":
        others["weighted"] = f"coalesce(sum(value * {_SECONDS}), 0)"
    return f"SELECT {row(totals[kind.aggregation], 'count(value)', **others)} FROM valued GROUP BY n, g"


_PRORATED_SUM_ROW = row(
    "sum(value)",
    "sum(events)::bigint",
    values=_ordered("value", "true"),
    weights=_ordered("weight", "true"),
    weighted="sum(value * weight)",
)
# What was there before counts as one event.
_PRORATED_SUM = f"""
    , weighed AS (SELECT *, {_DAYS} AS weight FROM valued WHERE value IS NOT NULL),
    steps AS (
        SELECT n, g, sum(value) AS value, min(weight) AS weight, count(*) AS events, {_PRICES} AS price,
            min(at) AS at, min(id) AS id
        FROM weighed GROUP BY n, g, CASE WHEN at >= start THEN id END
    )
    SELECT {_PRORATED_SUM_ROW} FROM steps GROUP BY n, g
"""
# What was last done to an item is found without sorting all events: only where it was added and removed in one instant
# are its events of that instant looked at again. The planner takes the events for a few and would sort them, so they
# are grouped by a constant of a type that can be hashed and not sorted, too.
_LATEST_OF_ITEMS = f"""
    , latest AS (
        SELECT n, g, item, count(*) AS events, {_PRICES} AS price,
            max(at) FILTER (WHERE is_addition) AS added_at, max(at) FILTER (WHERE NOT is_addition) AS removed_at
        FROM (SELECT *, xid '0' AS unsortable FROM items) AS i GROUP BY n, g, item, unsortable
    ), settled AS (
        SELECT n, g, events, price, CASE
            WHEN removed_at IS NULL THEN true
            WHEN added_at IS NULL THEN false
            WHEN added_at <> removed_at THEN added_at > removed_at
            ELSE (
                SELECT {_IS_ADDITION.format("e.properties")} FROM asked a JOIN metering_event e
                    ON e.stream_id = a.stream AND e."timestamp" = added_at AND e.properties ->> a.field = item
                WHERE a.n = latest.n AND {grouped("a", "e.properties")} IS NOT DISTINCT FROM latest.g
                    AND {matched("a", "e.properties")}
                ORDER BY e.id DESC LIMIT 1
            ) END AS is_there
        FROM latest
    )
    SELECT {row("(count(*) FILTER (WHERE is_there))::numeric", "sum(events)::bigint")} FROM settled GROUP BY n, g
"""
_PRORATED_ITEMS_ROW = row(
    "coalesce(sum(value), 0)",
    "sum(events)::bigint",
    values=_ordered("value", "is_change"),
    weights=_ordered("weight", "is_change"),
    weighted="coalesce(sum(weight) FILTER (WHERE is_change), 0)::numeric",
)
# Only what an item is at the end of a day matters: an addition and a removal on one day cancel each other. All that was
# before is day 0. An item counts from the day on which it comes to the day on which it goes, both included.
_PRORATED_ITEMS = f"""
    , placed AS (
        SELECT *, width_bucket(at, midnights) AS day, cardinality(midnights) AS last_day FROM items
    ), daily AS (
        SELECT n, g, item, day, last_day, count(*) AS events, {_PRICES} AS price, max(at) AS at, max(id) AS id,
            (array_agg(is_addition ORDER BY at DESC, id DESC))[1] AS is_there
        FROM placed GROUP BY n, g, item, day, last_day
    ), changes AS (
        SELECT *, is_there <> lag(is_there, 1, false) OVER (PARTITION BY n, g, item ORDER BY day) AS is_change
        FROM daily
    ), stays AS (
        SELECT *, CASE WHEN is_change THEN CASE WHEN is_there THEN 1 ELSE -1 END END::numeric AS value,
            CASE WHEN is_there THEN
                coalesce(min(day) FILTER (WHERE is_change AND NOT is_there) OVER (
                    PARTITION BY n, g, item ORDER BY day ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
                ), last_day) - greatest(day, 1) + 1
            ELSE 0 END AS weight
        FROM changes
    )
    SELECT {_PRORATED_ITEMS_ROW} FROM stays GROUP BY n, g
"""


def _changes(aggregation: str) -> str:
    """Return by how much each event changes the running total."""
    if aggregation == "unique_count_agg":
        return f"""{_ITEMS}, changes AS (
            SELECT *, CASE
                WHEN is_addition = lag(is_addition, 1, false) OVER (PARTITION BY n, g, item {_AS_THEY_CAME}) THEN 0
                WHEN is_addition THEN 1 ELSE -1 END::numeric AS value
            FROM items)"""
    if aggregation == "count_agg":
        return ", changes AS (SELECT *, 1::numeric AS value FROM found)"
    return f"{_VALUED}, changes AS (SELECT * FROM valued WHERE value IS NOT NULL)"


def _in_advance(*, with_values: bool) -> str:
    """Return what is paid in advance: an event pays for how far it lifts the total above its peak (Lago rule M57)."""
    others = {"values": f"array_agg(value {_AS_THEY_CAME})"} if with_values else {}
    columns = row(
        "sum(value)",
        "count(*)",
        peak="greatest(max(carried), max(total) FILTER (WHERE at >= start))",
        weighted="max(carried * carried_days) + coalesce(sum(due * weight) FILTER (WHERE at >= start), 0)",
        event_units="max(due) FILTER (WHERE id = event_id)",
        event_weight="max(weight) FILTER (WHERE id = event_id)",
        event_added="max(value) FILTER (WHERE id = event_id)",
        **others,
    )
    return f""", totals AS (
        SELECT *, {_DAYS} AS weight, sum(value) OVER (PARTITION BY n, g {_AS_THEY_CAME}) AS total,
            greatest(coalesce(sum(value) FILTER (WHERE at < start) OVER (PARTITION BY n, g), 0), 0) AS carried
        FROM changes
    ), peaks AS (
        SELECT *, greatest(carried, max(total) FILTER (WHERE at >= start) OVER (
            PARTITION BY n, g {_AS_THEY_CAME} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS peak
        FROM totals
    ), dues AS (SELECT *, greatest(total - peak, 0) AS due FROM peaks)
    SELECT {columns} FROM dues GROUP BY n, g
    HAVING max(event_id) IS NULL OR bool_or(id = event_id)"""
