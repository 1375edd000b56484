"""
Intake over HTTP: authenticated, checked, deduplicated for ever, committed before the 200.

Floor and product take turns in short runs and write into the same tables, so that drift of the machine and growth of
the tables meet both; the medians are compared. BENCH_STORED=20000000 also measures with that many events stored.
"""

import json
import os
import random
import statistics
import time
from datetime import UTC, datetime
from itertools import count

from django.db import connection, connections
from django.utils import timezone

from billing_site.core import api_keys
from customers.services import organizations
from metering.services import partitions, streams
from tests.bench import load, servers
from tests.bench.report import Report

SUBSCRIPTIONS = 2000
TURNS = int(os.environ.get("BENCH_TURNS", "5"))
BATCH_EVENTS = int(os.environ.get("BENCH_EVENTS", "60000"))
SINGLE_EVENTS = 4000
MONTH = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
DAYS_28 = 28 * 86_400
_dice = random.Random(7)
_number = count(1)


def run(report: Report) -> None:
    """Measure batches, repeats and single events, beside bare views."""
    key = prepare()
    with (
        servers.serving("billing_site.wsgi:application") as product,
        servers.serving("tests.bench.bare_wsgi:application", "tests.bench.bare_site") as bare,
    ):
        thousand = _batches(report, product, bare, key, size=1000, at_least=50_000, empty=None)
        _batches(report, product, bare, key, size=100, at_least=30_000, empty=None)
        _repeats(report, product, key)
        _singles(report, product, bare, key)
        if stored := int(os.environ.get("BENCH_STORED", "0")):
            fill(stored)
            _batches(report, product, bare, key, size=1000, at_least=None, empty=thousand)


def prepare() -> str:
    """Found the company, number the streams as their names say, and return a key."""
    now = timezone.now()
    organizations.found(name="Bench", now=now)
    streams.ids((f"sub-{number}", "requests") for number in range(1, SUBSCRIPTIONS + 1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE metering_eventstream SET id = -substr(external_subscription_id, 5)::bigint")
        cursor.execute("UPDATE metering_eventstream SET id = -id")
    partitions.ensure_month(datetime.fromtimestamp(MONTH, UTC))
    _, key = api_keys.create(name="bench", now=now)
    connections.close_all()
    return key


def event() -> dict[str, object]:
    """Return a new event as clients send it."""
    return {
        "transaction_id": f"tx-{next(_number):09d}-{_dice.getrandbits(64):016x}",
        "external_subscription_id": f"sub-{_dice.randint(1, SUBSCRIPTIONS)}",
        "code": "requests",
        "timestamp": MONTH + _dice.randrange(DAYS_28),
        "properties": {"region": _dice.choice(("eu", "us", "ap")), "tokens": _dice.randrange(10_000), "model": "large"},
    }


def fill(rows: int) -> None:
    """Store that many events, spread over the year before the month of the benchmark, then checkpoint."""
    with connection.cursor() as cursor:
        for month in range(1, 13):
            partitions.ensure_month(datetime(2025, month, 1, tzinfo=UTC))
        for begin in range(0, rows, 1_000_000):
            cursor.execute(_FILL, [begin, min(begin + 1_000_000, rows)])
        cursor.execute("VACUUM ANALYZE metering_event")
        cursor.execute("CHECKPOINT")
    connections.close_all()


_FILL = """
    WITH new AS MATERIALIZED (
        SELECT gen_random_uuid() AS key, 1 + n % 2000 AS stream, n,
            timestamptz '2025-01-01Z' + n % 31000000 * interval '1 second' AS moment
        FROM generate_series(%s + 1, %s) AS n
    ), keys AS (INSERT INTO metering_event_key (key, stream_id, "timestamp") SELECT key, stream, moment FROM new)
    INSERT INTO metering_event (lago_id, stream_id, "timestamp", created_at, transaction_id, properties)
    SELECT key, stream, moment, moment, 'filled-' || n, '{"region": "eu", "tokens": 12, "model": "large"}' FROM new
"""


def _batches(
    report: Report, product: int, bare: int, key: str, *, size: int, at_least: float | None, empty: float | None
) -> float:
    rates: dict[int, list[float]] = {product: [], bare: []}
    for turn in range(TURNS + 1):
        for port, path, secret in ((bare, "/many", ""), (product, "/api/v1/events/batch", key)):
            bodies = [[event() for _ in range(size)] for _ in range(BATCH_EVENTS // size)]
            rate = _rate(port, path, secret, bodies)
            if turn:  # the first turn warms both
                rates[port].append(rate)
    figure, floor = statistics.median(rates[product]), statistics.median(rates[bare])
    if empty is None:
        report.add(f"intake, {size} a request", figure, "events/s", floor=floor, at_least=at_least, ratio_at_least=0.7)
    else:
        report.add("the same, many stored (floor: empty)", figure, "events/s", floor=empty, ratio_at_least=0.7)
        report.add("the same beside the bare view", figure, "events/s", floor=floor, ratio_at_least=0.7)
    return figure


def _repeats(report: Report, product: int, key: str) -> None:
    """One event in a thousand was sent before: each batch falls back to the careful way."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    kept = [event() for _ in range(1000)]
    _rate(product, "/api/v1/events/batch", key, [kept])
    for turn in range(TURNS + 1):
        for repeats in (False, True):
            bodies = [[event() for _ in range(1000)] for _ in range(BATCH_EVENTS // 1000)]
            if repeats:
                for body in bodies:
                    body[500] = _dice.choice(kept)
            rate = _rate(product, "/api/v1/events/batch", key, bodies)
            if turn:
                rates[repeats].append(rate)
    figure, floor = statistics.median(rates[True]), statistics.median(rates[False])
    report.add("the same, 1 repeat in 1,000 (floor: none)", figure, "events/s", floor=floor, ratio_at_least=0.5)


def _rate(port: int, path: str, key: str, bodies: list[list[dict[str, object]]]) -> float:
    requests = [load.request(path, json.dumps({"events": body}).encode(), key=key) for body in bodies]
    seconds, _ = load.run(port, requests, connections=4)
    time.sleep(0.2)
    return sum(map(len, bodies)) / seconds


def _singles(report: Report, product: int, bare: int, key: str) -> None:
    rates: dict[int, list[float]] = {product: [], bare: []}
    for turn in range(TURNS + 1):
        for port, path, secret in ((bare, "/one", ""), (product, "/api/v1/events", key)):
            bodies = [json.dumps({"event": event()}).encode() for _ in range(SINGLE_EVENTS)]
            seconds, _ = load.run(port, [load.request(path, body, key=secret) for body in bodies], connections=8)
            if turn:
                rates[port].append(SINGLE_EVENTS / seconds)
    figure, floor = statistics.median(rates[product]), statistics.median(rates[bare])
    report.add("intake, one event a request", figure, "events/s", floor=floor, ratio_at_least=0.7)
