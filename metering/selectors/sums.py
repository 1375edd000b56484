"""
Usage that can be added up: one statement, so one snapshot, adds up three parts that never overlap.

| part | what it holds |
|---|---|
| buckets | events below the watermark in whole quarters of an hour: by whole days, and by quarters around them |
| tail | events of the same time that are not rolled up yet: those from the watermark on |
| edges | events before the first and after the last whole quarter; where nothing is rolled up, all |

A source is what several questions look at: a stream in a time. It is read once and added up by the properties that
they ask for; which of these sums a question wants is then found out for each combination of values, not each event.
The statement is prepared, since planning it takes longer than answering it.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from billing_site.core import arrays, prepared
from metering.selectors import statements
from metering.selectors.questions import UsageQuery

Question = tuple[int, UsageQuery, int]
ADDED_UP = ("count_agg", "sum_agg", "max_agg", "latest_agg", "weighted_sum_agg")
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Rollup(NamedTuple):
    """What of a rollup says which questions it can answer; where quarters are sparse it has none."""

    id: int
    field: str
    keys: Set[str]
    has_quarters: bool


class _Source(NamedTuple):
    """A stream in a time, as its kind of aggregation looks at it, and the rollup that it is read from."""

    stream: int
    rollup: int | None
    kind: str
    field: str | None
    since: datetime
    first: datetime
    first_day: datetime
    last_day: datetime
    last: datetime
    stop: datetime


def rows(questions: Sequence[Question], rollups: Mapping[str, Rollup]) -> tuple[list[dict[str, Any]], list[Question]]:
    """
    Return rows of `statements.COLUMNS` for the questions whose answers can be added up, and the other questions.

    Of `rollups`, by code, one that was replaced meanwhile is found out by the statement itself.
    """
    asked: list[Question] = []
    others: list[Question] = []
    for question in questions:
        (asked if can_be_added_up(question[1]) else others).append(question)
    found = _run(asked, rollups) if asked else []
    if lost := {row["number"] for row in found if row["is_lost"]}:
        found = [row for row in found if row["number"] not in lost]
        found += _run([question for question in asked if question[0] in lost], {})
    return found, others


def can_be_added_up(query: UsageQuery) -> bool:
    """Say whether sums of parts answer the question."""
    kind = query.kind
    if kind.aggregation not in ADDED_UP or kind.with_values or kind.is_prorated or kind.is_in_advance:
        return False
    return not (query.metric.carries_over and kind.aggregation == "weighted_sum_agg")


def _fits(rollup: Rollup, query: UsageQuery) -> bool:
    metric, step = query.metric, QUARTER if rollup.has_quarters else DAY
    return (
        _keys(query) <= rollup.keys
        and (metric.aggregation_type == "count_agg" or metric.field_name == rollup.field)
        and _up(query.since, step) < _down(query.end, step)
    )


def _keys(query: UsageQuery) -> set[str]:
    """Return the properties that a question tells events apart by."""
    return {*query.group_keys, *query.matching, *(key for narrower in query.excluding for key in narrower)}


def _down(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - _EPOCH) % step


def _up(moment: datetime, step: timedelta) -> datetime:
    return moment + (_EPOCH - moment) % step


def _source(query: UsageQuery, stream: int, rollup: Rollup | None) -> _Source:
    """Return where the answer is: whole days, the quarters before and after them, and the events around these."""
    kind, since, stop = query.kind.aggregation, query.since, query.end
    field = None if kind == "count_agg" else query.metric.field_name
    if rollup is None or not _fits(rollup, query):
        return _Source(stream, None, kind, field, since, stop, stop, stop, stop, stop)
    step = QUARTER if rollup.has_quarters else DAY
    first, last = _up(since, step), _down(stop, step)
    first_day, last_day = _up(first, DAY), _down(last, DAY)
    if first_day > last_day:  # no whole day, so the quarters before it are all
        first_day = last_day = last
    return _Source(stream, rollup.id, kind, field, since, first, first_day, last_day, last, stop)


# The latest value comes as [moment, id, value], of which the greatest is found without sorting.
_TOTAL = """
    CASE kind
        WHEN 'count_agg' THEN sum(events)::numeric
        WHEN 'max_agg' THEN coalesce(max(maximum), 0)
        WHEN 'latest_agg' THEN greatest(coalesce((max(latest))[3], 0), 0)
        ELSE coalesce(sum(total), 0)
    END
"""
_COUNT = "CASE kind WHEN 'count_agg' THEN sum(events)::bigint ELSE sum(valued)::bigint END"
_WEIGHTED = """
    CASE kind WHEN 'weighted_sum_agg' THEN
        coalesce(extract(epoch FROM max(stop)) * sum(total) - sum(moments), 0)
    END
"""
# The planner takes the rows of a source for a few and would sort them, so they are grouped by a constant of a type that
# can be hashed and not sorted, too.
_UNSORTABLE = "xid '0'"
# Many buckets, few dimensions: they are added up before anyone looks into a dimension.
_BUCKETS = f"""
    SELECT s.source, sum(b.events)::bigint AS events, sum(b.valued)::bigint AS valued, sum(b.total) AS total,
        max(b.maximum) AS maximum,
        max(ARRAY[extract(epoch FROM b.latest_at), b.latest_id, b.latest])
            FILTER (WHERE s.kind = 'latest_agg' AND b.latest_at IS NOT NULL) AS latest,
        sum(b.moments) AS moments, sum(b.prices) AS price, b.dimensions
    FROM sources s CROSS JOIN LATERAL (
        SELECT * FROM metering_day_bucket d
        WHERE d.rollup_id = s.rollup AND d.stream_id = s.stream AND d.at >= s.first_day AND d.at < s.last_day
        UNION ALL SELECT * FROM metering_bucket q
        WHERE q.rollup_id = s.rollup AND q.stream_id = s.stream AND q.at >= s.first AND q.at < s.first_day
        UNION ALL SELECT * FROM metering_bucket q
        WHERE q.rollup_id = s.rollup AND q.stream_id = s.stream AND q.at >= s.last_day AND q.at < s.last
    ) AS b
    WHERE s.rollup IS NOT NULL
    GROUP BY s.source, b.dimensions, {_UNSORTABLE}
"""
# The sum that hides the column from the planner keeps it to the short index of the tail, away from the long one of
# the stream's time.
_HIDDEN = "e.\"timestamp\" + interval '0'"
_TAIL = (
    f"s.rollup IS NOT NULL AND e.xid >= (SELECT watermark FROM state) AND {_HIDDEN} >= s.first AND {_HIDDEN} < s.last"
)
_EDGES = (
    's.since < s.first AND e."timestamp" >= s.since AND e."timestamp" < s.first',
    's.last < s.stop AND e."timestamp" >= s.last AND e."timestamp" < s.stop',
)


def _from_events(condition: str, keys: int) -> str:
    """Return the sums of a source's events by its keys; what only some aggregations want is left out for others."""
    values = "".join(f", e.properties ->> s.key_{place} AS value_{place}" for place in range(keys))
    by_values = "".join(f", value_{place}" for place in range(keys))
    names, found = (", ".join(f"{name}_{place}" for place in range(keys)) for name in ("s.key", "value"))
    # OFFSET 0 keeps the planner from reading the number anew for each of the figures that are made of it.
    return f"""
        SELECT source, events, valued, total, maximum, latest, moments, price,
            {f"jsonb_object(ARRAY[{names}], ARRAY[{found}])" if keys else "'{}'::jsonb"}
        FROM (
            SELECT e.source, count(*) AS events, count(value) AS valued, sum(value) AS total, max(value) AS maximum,
                max(ARRAY[extract(epoch FROM e."timestamp"), e.id, value])
                    FILTER (WHERE e.kind = 'latest_agg' AND value IS NOT NULL) AS latest,
                sum(value * extract(epoch FROM e."timestamp")) FILTER (WHERE e.kind = 'weighted_sum_agg') AS moments,
                sum(e.price) AS price{by_values}
            FROM (
                SELECT s.source, s.kind, e."timestamp", e.id, e.precise_total_amount_cents AS price, v.value{values}
                FROM sources s JOIN metering_event e ON e.stream_id = s.stream AND {condition}
                CROSS JOIN LATERAL (SELECT {statements.number("e.properties ->> s.field")} AS value OFFSET 0) v
            ) e
            GROUP BY source{by_values}, {_UNSORTABLE}
        ) e JOIN sources s USING (source)
    """


_SUMMED = statements.row(_TOTAL, _COUNT, weighted=_WEIGHTED)
_LOST = ", ".join("n" if name == "number" else "NULL" for name in statements.COLUMNS)


@cache
def _statement(keys: int) -> str:
    """Return the statement for sources that are told apart by up to so many keys."""
    names = "".join(f", key_{place}" for place in range(keys))
    events = " UNION ALL ".join(_from_events(condition, keys) for condition in (_TAIL, *_EDGES))
    return f"""
        WITH sources AS MATERIALIZED (
            SELECT * FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[],
                %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
                %s::timestamptz[]{", %s::text[]" * keys}
            ) AS t(source, stream, rollup, kind, field, since, first, first_day, last_day, last, stop{names})
        ), asked AS MATERIALIZED (
            SELECT n, source, shape, kind, stop, rollup
            FROM unnest(%s::int[], %s::int[], %s::int[]) AS t(n, source, shape) JOIN sources USING (source)
        ), shapes AS MATERIALIZED (
            SELECT * FROM unnest(%s::int[], %s::jsonb[], %s::jsonb[], %s::jsonb[])
                AS t(shape, group_keys, matching, excluding)
        ), state AS MATERIALIZED (
            SELECT watermark FROM metering_rollup_state
            WHERE cluster = (SELECT system_identifier FROM pg_control_system())
        ), parts AS MATERIALIZED (
            {_BUCKETS} UNION ALL {events}
        ), wanted AS MATERIALIZED (
            SELECT shape, dimensions, {statements.grouped("h", "dimensions")} AS g
            FROM (SELECT DISTINCT shape, dimensions FROM asked JOIN parts USING (source)) d JOIN shapes h USING (shape)
            WHERE {statements.matched("h", "dimensions")}
        )
        SELECT {_SUMMED}, false
        FROM asked JOIN parts USING (source) JOIN wanted USING (shape, dimensions) GROUP BY n, kind, g, {_UNSORTABLE}
        UNION ALL
        SELECT {_LOST}, true FROM asked a WHERE a.rollup IS NOT NULL AND (
            NOT EXISTS (SELECT FROM state) OR NOT EXISTS (SELECT FROM metering_rollup r WHERE r.id = a.rollup)
        )
    """


def _run(questions: Sequence[Question], rollups: Mapping[str, Rollup]) -> list[dict[str, Any]]:
    sources: dict[_Source, int] = {}
    shapes: dict[Any, tuple[int, UsageQuery]] = {}
    keys: list[set[str]] = []
    asked = []
    for number, query, stream in questions:
        place = sources.setdefault(_source(query, stream, rollups.get(query.metric.code)), len(sources))
        if place == len(keys):
            keys.append(set())
        keys[place] |= _keys(query)
        shape, _ = shapes.setdefault(_shape(query), (len(shapes), query))
        asked.append((number, place, shape))
    most = max(map(len, keys))
    columns = [
        range(len(sources)),
        *zip(*sources, strict=True),
        *zip(*(_padded(found, most) for found in keys), strict=True),
        *zip(*asked, strict=True),
        *zip(*(_terms(shape, query) for shape, query in shapes.values()), strict=True),
    ]
    with prepared.run(_statement(most), [arrays.literal(column) for column in columns]) as cursor:
        names = (*statements.COLUMNS, "is_lost")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _shape(query: UsageQuery) -> Any:
    """Return what decides which combinations of values a question wants."""
    excluding = tuple(tuple(narrower.items()) for narrower in query.excluding)
    return query.group_keys, tuple(query.matching.items()), excluding


def _terms(shape: int, query: UsageQuery) -> tuple[Any, ...]:
    return shape, query.group_keys or None, query.matching or None, query.excluding or None


def _padded(keys: Iterable[str], count: int) -> list[str]:
    """Return keys and, up to their greatest number, one again; what has none is told apart by what no one asks for."""
    found = sorted(keys) or [""]
    return [*found, *found[:1] * (count - len(found))][:count]
