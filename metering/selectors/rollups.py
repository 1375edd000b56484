"""
Usage from buckets: one statement, so one snapshot, adds up three parts that never overlap.

| part | what it holds |
|---|---|
| buckets | events below the watermark in whole quarters of an hour: by whole days, and by quarters around them |
| tail | events of the same quarters that are not rolled up yet: those from the watermark on |
| edges | events before the first and after the last whole quarter |

The statement is prepared, since planning it takes longer than answering it.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from billing_site.core import arrays, prepared
from metering.selectors import statements
from metering.selectors.questions import UsageQuery, parameters

Question = tuple[int, UsageQuery, int]
ROLLED_AGGREGATIONS = ("count_agg", "sum_agg", "max_agg", "latest_agg", "weighted_sum_agg")
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Rollup(NamedTuple):
    """What of a rollup says which questions it can answer."""

    id: int
    field: str
    keys: Set[str]


def rows(questions: Sequence[Question], rollups: Mapping[str, Rollup]) -> tuple[list[dict[str, Any]], list[Question]]:
    """
    Return rows of `statements.COLUMNS` for the questions that buckets can answer, and the other questions.

    Of `rollups`, by code, one that was replaced meanwhile is found out by the statement itself.
    """
    fitting = {
        number: rollup.id
        for number, query, _ in questions
        if (rollup := rollups.get(query.metric.code)) and _fits(rollup, query)
    }
    found = _run([question for question in questions if question[0] in fitting], fitting) if fitting else []
    lost = {row["number"] for row in found if row["is_lost"]}
    others = [question for question in questions if question[0] not in fitting or question[0] in lost]
    return [row for row in found if row["number"] not in lost], others


def _fits(rollup: Rollup, query: UsageQuery) -> bool:
    kind, metric = query.kind, query.metric
    if kind.aggregation not in ROLLED_AGGREGATIONS or kind.with_values or kind.is_prorated or kind.is_in_advance:
        return False
    keys = {*query.group_keys, *query.matching, *(key for narrower in query.excluding for key in narrower)}
    return (
        keys <= rollup.keys
        and (metric.aggregation_type == "count_agg" or metric.field_name == rollup.field)
        and not (metric.carries_over and metric.aggregation_type == "weighted_sum_agg")
        and _up(query.since) < _down(query.end)
    )


def _down(moment: datetime, step: timedelta = QUARTER) -> datetime:
    return moment - (moment - _EPOCH) % step


def _up(moment: datetime, step: timedelta = QUARTER) -> datetime:
    return moment + (_EPOCH - moment) % step


# The sum that hides the column from the planner keeps it to the short index of the tail, away from the long one of
# the stream's time.
_HIDDEN = "e.\"timestamp\" + interval '0'"
_TAIL = f"e.xid >= (SELECT watermark FROM state) AND {_HIDDEN} >= a.first AND {_HIDDEN} < a.last"
_EDGES = (
    'e."timestamp" >= a.since AND e."timestamp" < a.first',
    'e."timestamp" >= a.last AND e."timestamp" < a.stop',
)
_LATEST = "(array_agg({} ORDER BY latest_at DESC, latest_id DESC) FILTER (WHERE latest_at IS NOT NULL))[1]"
_TOTAL = f"""
    CASE kind
        WHEN 'count_agg' THEN sum(events)::numeric
        WHEN 'max_agg' THEN coalesce(max(maximum), 0)
        WHEN 'latest_agg' THEN greatest(coalesce({_LATEST.format("latest")}, 0), 0)
        ELSE coalesce(sum(total), 0)
    END
"""
_COUNT = "CASE kind WHEN 'count_agg' THEN sum(events)::bigint ELSE sum(valued)::bigint END"
_WEIGHTED = """
    CASE kind WHEN 'weighted_sum_agg' THEN
        coalesce(extract(epoch FROM max(stop)) * sum(total) - sum(moments), 0)
    END
"""
# Many buckets, few dimensions: they are added up before anyone looks into a dimension.
_BUCKETS = f"""
    SELECT sum(events)::bigint AS events, sum(valued)::bigint AS valued, sum(total) AS total, max(maximum) AS maximum,
        {", ".join(f"{_LATEST.format(name)} AS {name}" for name in ("latest_at", "latest_id", "latest"))},
        sum(moments) AS moments, sum(prices) AS price, dimensions
    FROM (
        SELECT * FROM metering_day_bucket d
        WHERE d.rollup_id = a.rollup AND d.stream_id = a.stream AND d.at >= a.first_day AND d.at < a.last_day
        UNION ALL SELECT * FROM metering_bucket q
        WHERE q.rollup_id = a.rollup AND q.stream_id = a.stream AND q.at >= a.first AND q.at < a.first_day
        UNION ALL SELECT * FROM metering_bucket q
        WHERE q.rollup_id = a.rollup AND q.stream_id = a.stream AND q.at >= a.last_day AND q.at < a.last
    ) AS b
    GROUP BY dimensions
"""


# OFFSET 0 keeps the planner from reading the number anew for each of the figures that are made of it.
def _from_events(condition: str) -> str:
    value = statements.number("e.properties ->> a.field")
    return f"""
        SELECT a.n, a.kind, {statements.grouped("a", "e.properties")} AS g, a.stop, 1 AS events,
            (value IS NOT NULL)::int AS valued, value AS total, value AS maximum,
            CASE WHEN value IS NOT NULL THEN e."timestamp" END AS latest_at, e.id AS latest_id, value AS latest,
            value * extract(epoch FROM e."timestamp") AS moments, e.precise_total_amount_cents AS price, NULL::jsonb
        FROM places a JOIN metering_event e ON e.stream_id = a.stream AND {condition}
        CROSS JOIN LATERAL (SELECT {value} AS value OFFSET 0) v
        WHERE {statements.matched("a", "e.properties")}
    """


_STATEMENT = f"""{statements.ASKED}, places AS (
        SELECT asked.*, p.rollup, p.kind, p.first, p.first_day, p.last_day, p.last
        FROM asked JOIN unnest(%s::int[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[]) AS p(n, rollup, kind, first, first_day, last_day, last) USING (n)
    ), state AS MATERIALIZED (
        SELECT watermark FROM metering_rollup_state
        WHERE cluster = (SELECT system_identifier FROM pg_control_system())
    ), parts AS (
        SELECT a.n, a.kind, {statements.grouped("a", "b.dimensions")} AS g, a.stop, b.*
        FROM places a CROSS JOIN LATERAL ({_BUCKETS}) b
        WHERE {statements.matched("a", "b.dimensions")}
        UNION ALL {" UNION ALL ".join(_from_events(condition) for condition in (_TAIL, *_EDGES))}
    )
    SELECT {statements.row(_TOTAL, _COUNT, weighted=_WEIGHTED)}, false FROM parts GROUP BY n, kind, g
    UNION ALL
    SELECT {", ".join("n" if name == "number" else "NULL" for name in statements.COLUMNS)}, true FROM places a
    WHERE NOT EXISTS (SELECT FROM state) OR NOT EXISTS (SELECT FROM metering_rollup r WHERE r.id = a.rollup)
"""


def _run(questions: Sequence[Question], rollups: Mapping[int, int]) -> list[dict[str, Any]]:
    columns = zip(*(_place(number, query, rollups[number]) for number, query, _ in questions), strict=True)
    values = [*parameters(questions), *map(arrays.literal, columns)]
    with prepared.run(_STATEMENT, values) as cursor:
        names = (*statements.COLUMNS, "is_lost")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _place(number: int, query: UsageQuery, rollup: int) -> tuple[Any, ...]:
    """Return where in the buckets the answer is: whole days, and the quarters before and after them."""
    first, last = _up(query.since), _down(query.end)
    first_day, last_day = _up(first, DAY), _down(last, DAY)
    if first_day > last_day:  # no whole day, so the quarters before it are all
        first_day = last_day = last
    return number, rollup, query.kind.aggregation, first, first_day, last_day, last
