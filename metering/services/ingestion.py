"""
Taking events in: stored once for ever, committed before the answer.

The way in is optimistic: one COPY of keys and one of events. Only when a key is there already (or twice in the batch)
is the batch looked at event by event: what is the same again is accepted and not stored twice, for a client that
repeats a batch must get through; what says something else under the same id is refused.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction

from billing_site.core.errors import Invalid, invalid
from metering.models import Event, EventKey
from metering.services import partitions, streams


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as it was sent; `properties` is the text of a JSON object. An empty subscription id names none."""

    transaction_id: str
    external_subscription_id: str
    code: str
    timestamp: datetime
    properties: str
    precise_total_amount_cents: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    event: NewEvent
    key: uuid.UUID
    lago_id: uuid.UUID
    stream: int


def event_key(transaction_id: str, external_subscription_id: str) -> uuid.UUID:
    """
    Return what makes an event the same: 64 bits of hash of the transaction id, then 64 of both.

    The first half lets an event be found by its transaction id alone, as a range of keys.
    """
    first = hashlib.blake2b(transaction_id.encode(), digest_size=8).digest()
    both = f"{len(external_subscription_id)}:{external_subscription_id}{transaction_id}"
    return uuid.UUID(bytes=first + hashlib.blake2b(both.encode(), digest_size=8).digest())


def ingest_one(event: NewEvent, *, now: datetime) -> uuid.UUID:
    """
    Store one event and return its id.

    :raises Invalid: if its transaction id was used before for this subscription, whatever it said
    """
    row = _rows([event])[0]
    try:
        _copy([row], now)
    except IntegrityError as error:
        raise invalid("transaction_id", "value_already_exist") from error
    return row.lago_id


def ingest(events: Sequence[NewEvent], *, now: datetime) -> list[uuid.UUID]:
    """
    Store all events or none, and return their ids. One that is there already, unchanged, gives its old id.

    :raises Invalid: naming by number those whose transaction id was used for something else
    """
    rows = _rows(events)
    try:
        _copy(rows, now)
        return [row.lago_id for row in rows]
    except IntegrityError:
        return _ingest_carefully(rows, now)


def _rows(events: Sequence[NewEvent]) -> list[_Row]:
    numbers = streams.ids((event.external_subscription_id, event.code) for event in events)
    for month in {(event.timestamp.year, event.timestamp.month): event.timestamp for event in events}.values():
        partitions.ensure_month(month)
    return [
        _Row(
            event,
            event_key(event.transaction_id, event.external_subscription_id),
            uuid.uuid4(),
            numbers[event.external_subscription_id, event.code],
        )
        for event in events
    ]


def _copy(rows: Sequence[_Row], now: datetime) -> None:
    # COPY goes past Django's cursor, which would turn psycopg's errors into Django's.
    with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
        with cursor.copy('COPY metering_event_key (key, stream_id, "timestamp") FROM STDIN') as copy:
            for row in rows:
                copy.write_row((row.key, row.stream, row.event.timestamp))
        _copy_events(cursor, rows, now)


def _copy_events(cursor: Any, rows: Sequence[_Row], now: datetime) -> None:
    with cursor.copy(
        'COPY metering_event (lago_id, stream_id, "timestamp", transaction_id, properties,'
        " precise_total_amount_cents, created_at) FROM STDIN"
    ) as copy:
        for row in rows:
            event = row.event
            copy.write_row(
                (row.lago_id, row.stream, event.timestamp, event.transaction_id, event.properties,
                 event.precise_total_amount_cents, now)
            )  # fmt: skip


def _ingest_carefully(rows: Sequence[_Row], now: datetime) -> list[uuid.UUID]:
    """Insert the keys that are new; compare the others with what is stored."""
    with transaction.atomic(), connection.cursor() as cursor:
        new = _claim_keys(cursor, rows)
        first: dict[uuid.UUID, _Row] = {}
        for row in rows:
            first.setdefault(row.key, row)
        _copy_events(cursor, [row for row in first.values() if row.key in new], now)
        stored = _stored(row.key for row in rows)
        refused = {
            str(number): {"transaction_id": ["value_already_exist"]}
            for number, row in enumerate(rows)
            if not _says_the_same(row, stored[row.key])
        }
        if refused:
            raise Invalid(refused)
    return [stored[row.key].lago_id for row in rows]


def _claim_keys(cursor: Any, rows: Sequence[_Row]) -> set[uuid.UUID]:
    ordered = sorted({row.key: row for row in reversed(rows)}.values(), key=lambda row: row.key)
    cursor.execute(
        'INSERT INTO metering_event_key (key, stream_id, "timestamp")'
        " SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[]) ON CONFLICT DO NOTHING RETURNING key",
        [[row.key for row in ordered], [row.stream for row in ordered], [row.event.timestamp for row in ordered]],
    )
    return {key for (key,) in cursor.fetchall()}


def _stored(keys: Any) -> dict[uuid.UUID, Event]:
    places = EventKey.objects.filter(key__in=set(keys))
    found: dict[uuid.UUID, Event] = {}
    spots = {(place.stream_id, place.timestamp) for place in places}
    events = Event.objects.filter(
        stream_id__in={stream for stream, _ in spots}, timestamp__in={moment for _, moment in spots}
    ).select_related("stream")
    for event in events:
        found[event_key(event.transaction_id, event.stream.external_subscription_id)] = event
    return found


def _says_the_same(row: _Row, stored: Event) -> bool:
    """Test if a repeated event is the same to the last property; only the moment may have been left to us."""
    event = row.event
    return (
        stored.stream_id == row.stream
        and stored.timestamp == event.timestamp
        and stored.properties == json.loads(event.properties)
        and stored.precise_total_amount_cents == event.precise_total_amount_cents
    )
