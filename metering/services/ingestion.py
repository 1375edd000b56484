"""
Taking events in: stored once for ever, committed before the answer.

The way in is optimistic: one COPY of keys and one of events. Only when a key is there already (or twice in the batch)
is the batch looked at event by event: what is the same again is accepted and not stored twice, for a client that
repeats a batch must get through; what says something else under the same id is refused.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, OperationalError, connection, transaction

from billing_site.core import prepared
from billing_site.core.errors import Invalid, invalid
from metering.calculations.event_keys import event_key, key_text, key_texts, subscription_fold
from metering.services import announcements, code_rules, expressions, partitions, streams
from metering.services.code_rules import Rules
from metering.services.event_rows import COPY_EVENTS, COPY_KEYS, Row, pack
from metering.services.new_event import Incoming, NewEvent

__all__ = ["NewEvent", "ingest", "ingest_lenient", "ingest_one", "prepare"]

# Each time round, what another batch committed meanwhile is seen; more rounds than this mean something else is wrong.
MAX_ROUNDS = 10
REFUSAL = {"transaction_id": ["value_already_exist"]}


def ingest_one(event: Incoming, *, now: datetime) -> tuple[Incoming, str]:
    """
    Store one event, and return it as it is kept and its id.

    :raises Invalid: if its transaction id was used before for this subscription, whatever it said, or if its metric
        cannot compute from it
    """
    try:
        if not code_rules.is_special(event.code):
            [row] = _rows([event])
            if _insert(row, now):
                return event, key_text(row[0])
            code_rules.remember(event.code)
        return _ingest_by_rules(event, now)
    except IntegrityError as error:
        raise invalid("transaction_id", "value_already_exist") from error


def _ingest_by_rules(event: Incoming, now: datetime) -> tuple[Incoming, str]:
    """What is computed is written into the event; what is paid for at once is stored and told, or neither."""
    rules = code_rules.find([event.code])
    [(computed, problems)] = expressions.computed([(event, {})], rules)
    if computed is None:
        raise Invalid(problems)
    [row] = _rows([computed])
    _copy([row], now, rules)
    return computed, key_text(row[0])


def ingest(events: Sequence[Incoming], *, now: datetime, rules: Rules | None = None) -> list[str]:
    """
    Store all events or none, and return their ids. One that is there already, unchanged, is not stored again.

    Rules of the events' codes that were found for this request need not be found again.

    :raises Invalid: naming by number those whose transaction id was used for something else
    """
    rows = _rows(events)
    refused = _store(rows, now, _rules(events, rules), is_all_or_nothing=True)
    if refused:
        raise Invalid({str(number): REFUSAL for number in refused})
    return key_texts([row[0] for row in rows])


def ingest_lenient(events: Sequence[Incoming], *, now: datetime, rules: Rules | None = None) -> list[str | None]:
    """Store what can be stored, and return the ids; None where a transaction id was used for something else."""
    rows = _rows(events)
    refused = _store(rows, now, _rules(events, rules), is_all_or_nothing=False)
    return [None if number in refused else key_text(row[0]) for number, row in enumerate(rows)]


def prepare(events: Sequence[Incoming]) -> None:
    """Have ready what storing events needs and must outlive a rehearsal that stores them and is undone."""
    _rows(events)


def _rules(events: Sequence[Incoming], found: Rules | None) -> Rules:
    return code_rules.find({event.code for event in events}) if found is None else found


def _rows(events: Sequence[Incoming]) -> list[Row]:
    numbers = streams.numbers([(event.external_subscription_id, event.code) for event in events])
    rows: list[Row] = []
    for event, stream in zip(events, numbers, strict=True):
        mark = event.transaction_id.encode()
        key = event_key(mark, subscription_fold(event.external_subscription_id))
        rows.append((key, stream, event.moment, mark, event))
    partitions.ensure_months(row[2] for row in rows)
    return rows


def _store(rows: Sequence[Row], now: datetime, rules: Rules, *, is_all_or_nothing: bool) -> set[int]:
    """Store what is new and return the numbers of those that are refused; nothing is stored if all or nothing is."""
    new, refused = rows, set[int]()
    for rounds_left in reversed(range(MAX_ROUNDS)):
        try:
            if new and not (refused and is_all_or_nothing):
                _copy(new, now, rules)
            return refused
        except (IntegrityError, OperationalError) as error:
            if not (_is_collision(error) and rounds_left):
                raise
        new, refused = _sift(rows, now)
    return refused


def _is_collision(error: Exception) -> bool:
    """Test if other events have the keys, or wait for ours while we wait for theirs."""
    return getattr(error.__cause__, "sqlstate", None) in ("23505", "40P01")


def _copy(rows: Sequence[Row], now: datetime, rules: Rules) -> None:
    keys, events = pack(rows, now)
    # COPY goes past Django's cursor, which would turn psycopg's errors into Django's.
    with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
        with cursor.copy(COPY_KEYS) as copy:
            copy.write(keys)
        with cursor.copy(COPY_EVENTS) as copy:
            copy.write(events)
        if rules:
            _announce(rows, now, rules)


def _announce(rows: Sequence[Row], now: datetime, rules: Rules) -> None:
    events = ((event.code, stream, event.timestamp, key_text(key)) for key, stream, _, _, event in rows)
    announcements.announce(events, rules, now=now)


# Stores nothing where a metric wants more done with its events than to be stored.
_INSERT = f"""
    WITH rule AS (
        SELECT EXISTS (
            SELECT FROM metering_billablemetric WHERE code = %(code)s AND {code_rules.IS_SPECIAL}
        ) AS is_special
    ), key AS (
        INSERT INTO metering_event_key (key, stream_id, "timestamp")
        SELECT %(key)s::uuid, %(stream)s::bigint, %(at)s::timestamptz FROM rule WHERE NOT is_special
    ), event AS (
        INSERT INTO metering_event
            (lago_id, stream_id, "timestamp", created_at, transaction_id, properties, precise_total_amount_cents)
        SELECT %(key)s::uuid, %(stream)s::bigint, %(at)s::timestamptz, %(now)s::timestamptz, %(mark)s::text,
            %(properties)s::jsonb, %(amount)s::numeric
        FROM rule WHERE NOT is_special
    )
    SELECT NOT is_special FROM rule
"""  # noqa: S608


def _insert(row: Row, now: datetime) -> bool:
    """
    Write key and event in one statement, prepared once a connection: one way to the server and back.

    Returns whether it did: not if the event's code is special.
    """
    key, stream, _, _, event = row
    values = {
        "code": event.code, "key": uuid.UUID(bytes=key), "stream": stream, "at": event.timestamp, "now": now,
        "mark": event.transaction_id, "properties": event.properties, "amount": event.precise_total_amount_cents,
    }  # fmt: skip
    with prepared.run(_INSERT, values) as cursor:
        return bool(cursor.fetchone()[0])  # type: ignore[index]


class _Said(NamedTuple):
    """What an event says, apart from its ids."""

    stream: int
    timestamp: datetime
    created_at: datetime
    properties: Any
    amount: Decimal | None


def _sift(rows: Sequence[Row], now: datetime) -> tuple[list[Row], set[int]]:
    """Return the events that are new, each once, and the numbers of those that contradict what is known."""
    known = _stored(rows)
    new: list[Row] = []
    refused: set[int] = set()
    for number, row in enumerate(rows):
        key, stream, _, _, event = row
        said = _Said(stream, event.timestamp, now, event.properties, event.precise_total_amount_cents)
        before = known.setdefault(key, said)
        if before is said:
            new.append(row)
        elif not _agree(before, said):
            refused.add(number)
    return new, refused


def _stored(rows: Sequence[Row]) -> dict[bytes, _Said]:
    """Return what is stored under the keys; each is found by its index, one after the other."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT k.key, e.stream_id, e."timestamp", e.created_at, e.properties::text, e.precise_total_amount_cents
            FROM unnest(%s::uuid[]) AS asked(key)
            CROSS JOIN LATERAL (SELECT * FROM metering_event_key k WHERE k.key = asked.key OFFSET 0) k
            CROSS JOIN LATERAL (
                SELECT * FROM metering_event e
                WHERE e.stream_id = k.stream_id AND e."timestamp" = k."timestamp" AND e.lago_id = k.key OFFSET 0
            ) e
            """,
            [[uuid.UUID(bytes=row[0]) for row in rows]],
        )
        return {row[0].bytes: _Said(*row[1:]) for row in cursor.fetchall()}


def _agree(before: _Said, again: _Said) -> bool:
    """Test if a repeated event is the same to the last property; a moment left to us was not said at all."""
    is_left_to_us = before.timestamp == before.created_at and again.timestamp == again.created_at
    return (
        before.stream == again.stream
        and (before.timestamp == again.timestamp or is_left_to_us)
        and _parsed(before.properties) == _parsed(again.properties)
        and before.amount == again.amount
    )


def _parsed(properties: str) -> Any:
    return json.loads(properties, parse_float=Decimal)
