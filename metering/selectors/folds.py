"""Custom aggregations: the events are read in order, and the metric's expressions carry a state through them."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from metering.calculations import custom_states
from metering.calculations.expressions import Scope
from metering.selectors.answers import group_of, rounded_by_metric
from metering.selectors.questions import Usage, UsageQuery
from metering.selectors.statements import events_statement

# Numbers in properties stay decimals.
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class _Row(NamedTuple):
    number: int
    group: Any
    properties: str
    at: Any
    id: int
    price: Decimal | None


def answers(queries: Mapping[int, UsageQuery], arrays: list[str]) -> Iterator[tuple[int, Usage]]:
    """Yield (number of the question, answer) for each group."""
    with connection.cursor() as cursor:
        cursor.execute(events_statement(), arrays)
        rows = [_Row(*row) for row in cursor.fetchall()]
    for (number, _), group in groupby(rows, key=lambda row: (row.number, str(row.group))):
        answer = _folded(queries[number], list(group))
        if answer is not None:
            yield number, answer


def _folded(query: UsageQuery, rows: list[_Row]) -> Usage | None:
    """Return what the events come to; None if the event asked about is not among them, or counts for nothing."""
    if query.event and rows[-1].id != query.event:
        return None
    rules = custom_states.aggregator(query.metric.custom_aggregator)
    last = rows[-1:] if query.event else []
    earlier = rows[: len(rows) - len(last)]
    before, before_count = custom_states.fold(rules, _events(query, earlier), query.custom_properties)
    after, count = custom_states.fold(rules, _events(query, last), query.custom_properties, before)
    if query.event and not count:
        return None
    return Usage(
        units=rounded_by_metric(query, after.total_units),
        events_count=before_count + count,
        precise_total_amount_cents=sum((row.price for row in rows if row.price is not None), Decimal(0)),
        grouped_by=group_of(rows[0].group),
        total_units=after.total_units,
        event_units=after.total_units - before.total_units if query.event else None,
        amount=after.amount,
        event_amount=after.amount - before.amount if query.event else None,
    )


def _events(query: UsageQuery, rows: Iterable[_Row]) -> Iterator[Scope]:
    for row in rows:
        properties = _decoder.decode(row.properties)
        yield {"code": query.metric.code, "timestamp": int(row.at.timestamp()), "properties": properties}
