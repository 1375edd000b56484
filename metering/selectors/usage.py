"""
Usage: how many units a subscription used of a metric in a time. The one door through which units are read.

It answers for any number of questions with a number of statements that depends only on the kinds of aggregation
asked for. A property counts as a number if it is written with digits, an optional minus and an optional
point (table 1.2); what is written otherwise, or is longer than any sane quantity, is left out.

| aggregation | units |
|---|---|
| count_agg | events |
| sum_agg | sum of the property |
| max_agg | its greatest value, 0 without any |
| latest_agg | its value in the event latest by timestamp, then arrival; a negative one is 0 |
| unique_count_agg | values whose latest `operation_type` is not "remove" |
"""

import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from metering.calculations.rounding import rounded_units

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class MetricTerms:
    """What of a billable metric decides its units."""

    code: str
    aggregation_type: str
    field_name: str = ""
    rounding_function: str = ""
    rounding_precision: int | None = None


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """
    A question: the units of [start, end). `key` is the asker's own, to find the answer by.

    An event is looked at if, for each key of `matching`, its property is one of the values, and if it does not so match
    any of `excluding` (what narrower filters of a charge take for themselves).
    """

    key: Hashable
    external_subscription_id: str
    metric: MetricTerms
    start: datetime
    end: datetime
    group_keys: tuple[str, ...] = ()
    with_values: bool = False  # also each event's own quantity, in order
    matching: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluding: tuple[Mapping[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """An answer: rounded units; events that counted; prices sent along, in minor units."""

    units: Decimal = ZERO
    events_count: int = 0
    precise_total_amount_cents: Decimal = ZERO
    event_values: tuple[Decimal, ...] = ()
    grouped_by: dict[str, str] = field(default_factory=dict)


_NUMBER = r"'^-?\d{1,15}(\.\d{1,30})?$'"
_VALUE = f"CASE WHEN properties ->> field ~ {_NUMBER} THEN (properties ->> field)::numeric END"
_ASKED = """
    WITH asked AS (
        SELECT * FROM unnest(%s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::jsonb[],
            %s::jsonb[], %s::jsonb[]) AS t(n, stream, start, stop, field, group_keys, matching, excluding)
    ), found AS (
        SELECT asked.n, asked.field, e.properties, e."timestamp", e.id, e.precise_total_amount_cents,
            CASE WHEN asked.group_keys IS NOT NULL THEN (
                SELECT jsonb_object_agg(k, coalesce(e.properties ->> k, ''))
                FROM jsonb_array_elements_text(asked.group_keys) AS k
            ) END AS g
        FROM asked JOIN metering_event e
            ON e.stream_id = asked.stream AND e."timestamp" >= asked.start AND e."timestamp" < asked.stop
        WHERE (asked.matching IS NULL OR NOT EXISTS (
                SELECT FROM jsonb_each(asked.matching) AS m
                WHERE NOT coalesce(m.value ? (e.properties ->> m.key), false)))
            AND (asked.excluding IS NULL OR NOT EXISTS (
                SELECT FROM jsonb_array_elements(asked.excluding) AS narrower
                WHERE NOT EXISTS (
                    SELECT FROM jsonb_each(narrower) AS m
                    WHERE NOT coalesce(m.value ? (e.properties ->> m.key), false))))
    )
"""
_PRICES = "coalesce(sum(precise_total_amount_cents), 0)"
_VALUED = f", valued AS (SELECT *, {_VALUE} AS value FROM found)"
_NO_VALUES = "NULL::numeric[]"
_ORDERED_VALUES = 'array_agg(value ORDER BY "timestamp", id) FILTER (WHERE value IS NOT NULL)'
# Each gives rows of (number of the question, group, units, events, prices, values).
_STATEMENTS = {
    "count_agg": f"SELECT n, g, count(*)::numeric, count(*), {_PRICES}, {_NO_VALUES} FROM found GROUP BY n, g",
    "sum_agg": f"{_VALUED} SELECT n, g, coalesce(sum(value), 0), count(value), {_PRICES}, VALUES_HERE"
    " FROM valued GROUP BY n, g",
    "max_agg": f"{_VALUED} SELECT n, g, coalesce(max(value), 0), count(value), {_PRICES}, VALUES_HERE"
    " FROM valued GROUP BY n, g",
    "latest_agg": f"""{_VALUED} SELECT n, g, greatest(coalesce(
        (array_agg(value ORDER BY "timestamp" DESC, id DESC) FILTER (WHERE value IS NOT NULL))[1], 0), 0),
        count(value), {_PRICES}, VALUES_HERE FROM valued GROUP BY n, g""",
    "unique_count_agg": f"""
        , latest AS (
            SELECT n, g, properties ->> field AS value, count(*) AS events, {_PRICES} AS prices,
                (array_agg(coalesce(properties ->> 'operation_type', 'add') ORDER BY "timestamp" DESC, id DESC))[1]
                    AS operation
            FROM found WHERE properties ->> field IS NOT NULL GROUP BY n, g, properties ->> field
        )
        SELECT n, g, (count(*) FILTER (WHERE operation <> 'remove'))::numeric, sum(events)::bigint, sum(prices),
            {_NO_VALUES} FROM latest GROUP BY n, g""",
}


def usage(queries: Sequence[UsageQuery]) -> dict[Hashable, list[Usage]]:
    """
    Return the answers by key: one for a question without group keys, else one for each combination that occurs.
    """
    streams = _streams(queries)
    asked: dict[tuple[str, bool], list[tuple[int, UsageQuery, int]]] = defaultdict(list)
    answers: dict[Hashable, list[Usage]] = {query.key: [] for query in queries}
    for number, query in enumerate(queries):
        stream = streams.get((query.external_subscription_id, query.metric.code))
        if stream is not None:
            asked[query.metric.aggregation_type, query.with_values].append((number, query, stream))
    for (aggregation, with_values), questions in asked.items():
        for row in _run(aggregation, questions, with_values=with_values):
            query = queries[row[0]]
            answers[query.key].append(_answer(query, row))
    for query in queries:
        if not query.group_keys and not answers[query.key]:
            answers[query.key].append(Usage())
    return answers


def _streams(queries: Iterable[UsageQuery]) -> dict[tuple[str, str], int]:
    pairs = sorted({(query.external_subscription_id, query.metric.code) for query in queries})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_subscription_id, code, id FROM metering_eventstream"
            " JOIN unnest(%s::text[], %s::text[]) AS t(s, c) ON external_subscription_id = s AND code = c",
            [[pair[0] for pair in pairs], [pair[1] for pair in pairs]],
        )
        return {(subscription, code): stream for subscription, code, stream in cursor.fetchall()}


def _run(aggregation: str, questions: list[tuple[int, UsageQuery, int]], *, with_values: bool) -> list[Any]:
    values = _ORDERED_VALUES if with_values else _NO_VALUES
    statement = _ASKED + _STATEMENTS[aggregation].replace("VALUES_HERE", values)
    arrays: list[Any] = [
        [number for number, _, _ in questions],
        [stream for _, _, stream in questions],
        [query.start for _, query, _ in questions],
        [query.end for _, query, _ in questions],
        [query.metric.field_name for _, query, _ in questions],
        [Jsonb(list(query.group_keys)) if query.group_keys else None for _, query, _ in questions],
        [Jsonb(query.matching) if query.matching else None for _, query, _ in questions],
        [Jsonb(query.excluding) if query.excluding else None for _, query, _ in questions],
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, arrays)
        rows: list[Any] = cursor.fetchall()
        return rows


def _answer(query: UsageQuery, row: Sequence[Any]) -> Usage:
    _, group, units, events, prices, values = row
    metric = query.metric
    if query.with_values and values is None:
        values = [Decimal(1)] * events
    return Usage(
        units=rounded_units(units, metric.rounding_function or None, metric.rounding_precision or 0),
        events_count=events,
        precise_total_amount_cents=prices,
        event_values=tuple(values) if query.with_values else (),
        grouped_by=_group(group),
    )


def _group(group: Any) -> dict[str, str]:
    if group is None:
        return {}
    return dict(json.loads(group) if isinstance(group, str) else group)
