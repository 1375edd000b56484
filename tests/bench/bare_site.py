"""
The floor of intake: settings, addresses and views of a Django site that does the bare work and nothing else.

No middleware, no authentication, no checks, nothing told in the answer, each stream's number known from its name. What
it writes is what the product must write: the key that makes an event the same for ever and the event, in one
transaction, by the same two binary COPYs (a batch) or in one prepared statement (a single event).
"""

import hashlib
import os
import struct
import uuid
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
from django.db import connection
from django.http import HttpResponse
from django.urls import path

SECRET_KEY = "bare"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = __name__
VAR_DIR = Path(os.environ.get("VAR_DIR", "var/bench"))
EMBEDDED_POSTGRES = {"DIR": str(VAR_DIR / "postgres"), "DURABLE": True}
DATABASES = {
    "default": {
        "ENGINE": "billing_site.core.embedded_postgres",
        "NAME": "countinghouse",
        "CONN_MAX_AGE": None,
        "OPTIONS": {"prepare_threshold": 0},
    }
}
USE_TZ = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

COPY_KEYS = b'COPY metering_event_key (key, stream_id, "timestamp") FROM STDIN (FORMAT binary)'
COPY_EVENTS = (
    b'COPY metering_event (lago_id, stream_id, "timestamp", created_at, transaction_id, properties) FROM STDIN'
    b" (FORMAT binary)"
)
INSERT = """
    WITH key AS (INSERT INTO metering_event_key (key, stream_id, "timestamp") VALUES (%s, %s, %s))
    INSERT INTO metering_event (lago_id, stream_id, "timestamp", created_at, transaction_id, properties)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
HEAD, END = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
pack_key = struct.Struct("!hi16siqiq").pack
pack_event = struct.Struct("!hi16siqiqiqi").pack
pack_length = struct.Struct("!ib").pack
POSTGRES_EPOCH = 946_684_800


class Event(msgspec.Struct):
    transaction_id: str
    external_subscription_id: str
    code: str
    timestamp: int
    properties: msgspec.Raw


class One(msgspec.Struct):
    event: Event


class Many(msgspec.Struct):
    events: list[Event]


decode_one, decode_many = msgspec.json.Decoder(One).decode, msgspec.json.Decoder(Many).decode


def _key(event):
    return hashlib.blake2b(f"{event.external_subscription_id} {event.transaction_id}".encode(), digest_size=16).digest()


def many(request):
    """Store a batch."""
    keys, rows = [HEAD], [HEAD]
    for event in decode_many(request.body).events:
        key, stream = _key(event), int(event.external_subscription_id[4:])
        moment = (event.timestamp - POSTGRES_EPOCH) * 1_000_000
        mark, properties = event.transaction_id.encode(), bytes(event.properties)
        keys.append(pack_key(3, 16, key, 8, stream, 8, moment))
        rows += (
            pack_event(6, 16, key, 8, stream, 8, moment, 8, moment, len(mark)),
            mark, pack_length(len(properties) + 1, 1), properties,
        )  # fmt: skip
    keys.append(END)
    rows.append(END)
    connection.ensure_connection()
    with connection.connection.transaction(), connection.connection.cursor() as cursor:
        with cursor.copy(COPY_KEYS) as copy:
            copy.write(b"".join(keys))
        with cursor.copy(COPY_EVENTS) as copy:
            copy.write(b"".join(rows))
    return HttpResponse(b"{}", headers={"Content-Length": "2"})


def one(request):
    """Store one event."""
    event = decode_one(request.body).event
    key, stream = uuid.UUID(bytes=_key(event)), int(event.external_subscription_id[4:])
    moment = datetime.fromtimestamp(event.timestamp, UTC)
    connection.ensure_connection()
    properties = bytes(event.properties).decode()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(INSERT, (key, stream, moment, key, stream, moment, moment, event.transaction_id, properties))
    return HttpResponse(b"{}", headers={"Content-Length": "2"})


urlpatterns = [path("one", one), path("many", many)]
