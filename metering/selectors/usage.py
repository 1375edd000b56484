"""
Usage: how many units a subscription used of a metric in a time. The one door through which units are read.

It answers for any number of questions with a number of statements that depends only on the kinds of aggregation asked
for: one for all that can be added up, one for each other kind. A property counts as a number if it is written with
digits, an optional minus and an optional point (table 1.2); what is written otherwise, or is longer than any sane
quantity, is left out.

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
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from django.db import connection

from billing_site.core import arrays, prepared
from metering.selectors import folds, statements, sums
from metering.selectors.answers import answered
from metering.selectors.questions import MetricTerms, Usage, UsageQuery, parameters
from metering.selectors.statements import Kind
from metering.selectors.sums import Question

__all__ = ["MetricTerms", "Usage", "UsageQuery", "usage"]


def usage(queries: Sequence[UsageQuery]) -> dict[Hashable, list[Usage]]:
    """
    Return the answers by key: one for a question without group keys, else one for each combination that occurs.

    A question about one event has one answer, or none if the event does not count.
    """
    streams, rolled = _streams(queries)
    answers: dict[Hashable, list[Usage]] = {query.key: [] for query in queries}
    questions = [
        (number, query, stream)
        for number, query in enumerate(queries)
        if (stream := streams.get((query.external_subscription_id, query.metric.code))) is not None
    ]
    rows, others = sums.rows(questions, rolled)
    for number, answer in chain(_answers(queries, rows), _from_events(queries, others)):
        answers[queries[number].key].append(answer)
    for query in queries:
        if not query.group_keys and not query.event and not answers[query.key]:
            answers[query.key].append(query.nothing())
    return answers


_STREAMS = """
    SELECT external_subscription_id, code, s.id, r.id, field, keys, state = 'ready' FROM metering_eventstream s
    JOIN unnest(%s::text[], %s::text[]) AS t(s, c) ON external_subscription_id = t.s AND code = t.c
    LEFT JOIN (SELECT * FROM metering_rollup WHERE state IN ('ready', 'days')) r USING (code)
"""


def _streams(queries: Iterable[UsageQuery]) -> tuple[dict[tuple[str, str], int], dict[str, sums.Rollup]]:
    """Return the streams by subscription and code, and the rollups that are ready by code."""
    pairs = sorted({(query.external_subscription_id, query.metric.code) for query in queries})
    names = [arrays.literal([pair[place] for pair in pairs]) for place in (0, 1)]
    with prepared.run(_STREAMS, names) as cursor:
        found = cursor.fetchall()
    streams = {(subscription, code): stream for subscription, code, stream, *_ in found}
    rolled = {row[1]: sums.Rollup(row[3], row[4], set(row[5]), row[6]) for row in found if row[3] is not None}
    return streams, rolled


def _answers(queries: Sequence[UsageQuery], rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Usage]]:
    return ((row["number"], answered(queries[row["number"]], row)) for row in rows)


def _from_events(queries: Sequence[UsageQuery], questions: Iterable[Question]) -> Iterator[tuple[int, Usage]]:
    """Yield (number of the question, answer) as read from the events themselves, kind by kind."""
    asked: dict[Kind, list[Question]] = defaultdict(list)
    for question in questions:
        asked[question[1].kind].append(question)
    for kind, found in asked.items():
        if kind.aggregation == "custom_agg":
            yield from folds.answers({number: query for number, query, _ in found}, parameters(found))
        else:
            yield from _answers(queries, _rows(kind, found))


def _rows(kind: Kind, questions: Sequence[Question]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statements.statement(kind), parameters(questions))
        return [dict(zip(statements.COLUMNS, row, strict=True)) for row in cursor.fetchall()]
