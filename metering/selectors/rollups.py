"""
Usage from buckets: one statement, so one snapshot, adds up three parts that never overlap.

| part | what it holds |
|---|---|
| buckets | events below the watermark in whole quarters of an hour |
| tail | events of the same quarters that are not rolled up yet: those from the watermark on |
| edges | events before the first and after the last whole quarter |
"""

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from billing_site.core import arrays
from metering.selectors import statements
from metering.selectors.questions import UsageQuery, parameters
from metering.selectors.statements import Kind

Question = tuple[int, UsageQuery, int]
ROLLED_AGGREGATIONS = ("count_agg", "sum_agg", "max_agg", "latest_agg", "weighted_sum_agg")
QUARTER = timedelta(minutes=15)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Rollup(NamedTuple):
    """What of a rollup says which questions it can answer."""

    id: int
    field: str
    keys: Set[str]


def rows(
    kind: Kind, questions: Sequence[Question], rollups: Mapping[str, Rollup]
) -> tuple[list[dict[str, Any]], list[Question]]:
    """
    Return rows of `statements.COLUMNS` for the questions that buckets can answer, and the other questions.

    Of `rollups`, by code, one that was replaced meanwhile is found out by the statement itself.
    """
    if kind.aggregation not in ROLLED_AGGREGATIONS or kind.with_values or kind.is_prorated or kind.is_in_advance:
        return [], list(questions)
    fitting = {
        number: rollup.id
        for number, query, _ in questions
        if (rollup := rollups.get(query.metric.code)) and _fits(rollup, query)
    }
    found = _run(kind, [question for question in questions if question[0] in fitting], fitting) if fitting else []
    lost = {row["number"] for row in found if row["is_lost"]}
    others = [question for question in questions if question[0] not in fitting or question[0] in lost]
    return [row for row in found if row["number"] not in lost], others


def _fits(rollup: Rollup, query: UsageQuery) -> bool:
    metric = query.metric
    keys = {*query.group_keys, *query.matching, *(key for narrower in query.excluding for key in narrower)}
    return (
        keys <= rollup.keys
        and (metric.aggregation_type == "count_agg" or metric.field_name == rollup.field)
        and not (metric.carries_over and metric.aggregation_type == "weighted_sum_agg")
        and _up(query.since) < _down(query.end)
    )


def _down(moment: datetime) -> datetime:
    return moment - (moment - _EPOCH) % QUARTER


def _up(moment: datetime) -> datetime:
    return moment + (_EPOCH - moment) % QUARTER


# The sum that hides the column from the planner keeps it to the short index of the tail, away from the long one of
# the stream's time.
_HIDDEN = "e.\"timestamp\" + interval '0'"
_TAIL = f"e.xid >= (SELECT watermark FROM state) AND {_HIDDEN} >= a.first AND {_HIDDEN} < a.last"
_EDGES = (
    'e."timestamp" >= a.since AND e."timestamp" < a.first',
    'e."timestamp" >= a.last AND e."timestamp" < a.stop',
)
_TOTALS = {
    "count_agg": ("sum(events)::numeric", "sum(events)::bigint"),
    "sum_agg": ("coalesce(sum(total), 0)", "sum(valued)::bigint"),
    "weighted_sum_agg": ("coalesce(sum(total), 0)", "sum(valued)::bigint"),
    "max_agg": ("coalesce(max(maximum), 0)", "sum(valued)::bigint"),
    "latest_agg": (
        "greatest(coalesce((array_agg(latest ORDER BY latest_at DESC, latest_id DESC)"
        " FILTER (WHERE latest_at IS NOT NULL))[1], 0), 0)",
        "sum(valued)::bigint",
    ),
}


# Many quarters, few dimensions: they are added up before anyone looks into a dimension.
_BUCKETS = """
    SELECT sum(events)::bigint AS events, sum(valued)::bigint AS valued, sum(total) AS total, max(maximum) AS maximum,
        {latest}, sum(moments) AS moments, sum(prices) AS price, dimensions
    FROM metering_bucket b
    WHERE b.rollup_id = a.rollup AND b.stream_id = a.stream AND b.at >= a.first AND b.at < a.last
    GROUP BY dimensions
"""
_LATEST = "latest_at", "latest_id", "latest"
_LATEST_OF_BUCKETS = ", ".join(
    f"(array_agg({name} ORDER BY latest_at DESC, latest_id DESC) FILTER (WHERE latest_at IS NOT NULL))[1] AS {name}"
    for name in _LATEST
)
_NO_LATEST = "NULL::timestamptz AS latest_at, NULL::bigint AS latest_id, NULL::numeric AS latest"


def _from_events(condition: str) -> str:
    value = statements.number("e.properties ->> a.field")
    return f"""
        SELECT a.n, {statements.grouped("a", "e.properties")} AS g, a.stop, 1 AS events,
            (value IS NOT NULL)::int AS valued, value AS total, value AS maximum,
            CASE WHEN value IS NOT NULL THEN e."timestamp" END AS latest_at, e.id AS latest_id, value AS latest,
            value * extract(epoch FROM e."timestamp") AS moments, e.precise_total_amount_cents AS price, NULL::jsonb
        FROM places a JOIN metering_event e ON e.stream_id = a.stream AND {condition}
        CROSS JOIN LATERAL (SELECT {value} AS value) v
        WHERE {statements.matched("a", "e.properties")}
    """


def _statement(kind: Kind) -> str:
    total, events = _TOTALS[kind.aggregation]
    others = {}
    if kind.aggregation == "weighted_sum_agg":
        others["weighted"] = "coalesce(extract(epoch FROM max(stop)) * sum(total) - sum(moments), 0)"
    latest = _LATEST_OF_BUCKETS if kind.aggregation == "latest_agg" else _NO_LATEST
    events_parts = " UNION ALL ".join(_from_events(condition) for condition in (_TAIL, *_EDGES))
    lost = ", ".join("n" if name == "number" else "NULL" for name in statements.COLUMNS)
    return f"""{statements.ASKED}, places AS (
            SELECT asked.*, p.rollup, p.first, p.last
            FROM asked JOIN unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
                AS p(n, rollup, first, last) USING (n)
        ), state AS MATERIALIZED (
            SELECT watermark FROM metering_rollup_state
            WHERE cluster = (SELECT system_identifier FROM pg_control_system())
        ), parts AS (
            SELECT a.n, {statements.grouped("a", "b.dimensions")} AS g, a.stop, b.*
            FROM places a CROSS JOIN LATERAL ({_BUCKETS.format(latest=latest)}) b
            WHERE {statements.matched("a", "b.dimensions")}
            UNION ALL {events_parts}
        )
        SELECT {statements.row(total, events, **others)}, false FROM parts GROUP BY n, g
        UNION ALL
        SELECT {lost}, true FROM places a
        WHERE NOT EXISTS (SELECT FROM state) OR NOT EXISTS (SELECT FROM metering_rollup r WHERE r.id = a.rollup)
    """


def _run(kind: Kind, questions: Sequence[Question], rollups: dict[int, int]) -> list[dict[str, Any]]:
    numbers = [number for number, _, _ in questions]
    places = [
        arrays.literal(numbers),
        arrays.literal([rollups[number] for number in numbers]),
        arrays.literal([_up(query.since) for _, query, _ in questions]),
        arrays.literal([_down(query.end) for _, query, _ in questions]),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(kind), [*parameters(questions), *places])
        names = (*statements.COLUMNS, "is_lost")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
