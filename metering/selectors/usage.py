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
| weighted_sum_agg | the running sum, averaged over the seconds of the full period |
| custom_agg | what the metric's own expressions make of the events, one after the other |

A recurring metric carries over: sums, unique counts, weighted sums and custom states begin with the first event of the
external subscription id, whatever subscription was there then (M60 to M66).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from billing_site.core import arrays
from metering.selectors import folds, rollups, statements
from metering.selectors.answers import answered
from metering.selectors.questions import MetricTerms, Usage, UsageQuery, parameters
from metering.selectors.statements import Kind

__all__ = ["MetricTerms", "Usage", "UsageQuery", "usage"]


def usage(queries: Sequence[UsageQuery]) -> dict[Hashable, list[Usage]]:
    """
    Return the answers by key: one for a question without group keys, else one for each combination that occurs.

    A question about one event has one answer, or none if the event does not count.
    """
    streams, rolled = _streams(queries)
    asked: dict[Kind, list[tuple[int, UsageQuery, int]]] = defaultdict(list)
    answers: dict[Hashable, list[Usage]] = {query.key: [] for query in queries}
    for number, query in enumerate(queries):
        stream = streams.get((query.external_subscription_id, query.metric.code))
        if stream is not None:
            asked[query.kind].append((number, query, stream))
    for kind, questions in asked.items():
        for number, answer in _answers(kind, questions, rolled):
            answers[queries[number].key].append(answer)
    for query in queries:
        if not query.group_keys and not query.event and not answers[query.key]:
            answers[query.key].append(query.nothing())
    return answers


def _streams(queries: Iterable[UsageQuery]) -> tuple[dict[tuple[str, str], int], dict[str, rollups.Rollup]]:
    """Return the streams by subscription and code, and the rollups that are ready by code."""
    pairs = sorted({(query.external_subscription_id, query.metric.code) for query in queries})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_subscription_id, code, s.id, r.id, field, keys FROM metering_eventstream s"
            " JOIN unnest(%s::text[], %s::text[]) AS t(s, c) ON external_subscription_id = t.s AND code = t.c"
            " LEFT JOIN (SELECT * FROM metering_rollup WHERE state = 'ready') r USING (code)",
            [arrays.literal([pair[0] for pair in pairs]), arrays.literal([pair[1] for pair in pairs])],
        )
        found = cursor.fetchall()
    streams = {(subscription, code): stream for subscription, code, stream, *_ in found}
    rolled = {row[1]: rollups.Rollup(row[3], row[4], set(row[5])) for row in found if row[3] is not None}
    return streams, rolled


def _answers(
    kind: Kind, questions: Sequence[tuple[int, UsageQuery, int]], rolled: Mapping[str, rollups.Rollup]
) -> list[tuple[int, Usage]]:
    by_number = {number: query for number, query, _ in questions}
    if kind.aggregation == "custom_agg":
        return list(folds.answers(by_number, parameters(questions)))
    rows, others = rollups.rows(kind, questions, rolled)
    rows += _from_events(kind, others) if others else []
    return [(row["number"], answered(by_number[row["number"]], row)) for row in rows]


def _from_events(kind: Kind, questions: Sequence[tuple[int, UsageQuery, int]]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statements.statement(kind), parameters(questions))
        return [dict(zip(statements.COLUMNS, row, strict=True)) for row in cursor.fetchall()]
