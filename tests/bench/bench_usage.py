"""
Current usage over the API while events come in: a subscription with 1,000,000 events in its period beside one with
1,000, five charges (count, sum, max, latest, weighted sum) with filters and a group; then one that counts distinct
values. The floor is one plain scan that sums a property of the same events.
"""

import json
import os
import statistics
import threading
import time
from datetime import UTC, datetime

from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from billing_site.core import api_keys
from customers.services import organizations
from metering.services import partitions, rollups, streams
from tests.bench import load, servers
from tests.bench.report import Report

READS = int(os.environ.get("BENCH_READS", "100"))
EVENTS = {"big": int(os.environ.get("BENCH_BIG", "1000000")), "small": 1000}
METRICS = {
    "calls": "count_agg",
    "tokens": "sum_agg",
    "peak": "max_agg",
    "seats": "latest_agg",
    "storage": "weighted_sum_agg",
}
INTAKE_SIZE, INTAKE_EVERY_SECONDS = 100, 0.05
FILTER = {"values": {"region": ["eu"]}, "properties": {"amount": "0.02"}}


def run(report: Report) -> None:
    """Measure reads of both subscriptions in turn, with intake and rolling going on."""
    key = _prepare()
    start = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for subscription, count in EVENTS.items():
        _fill(subscription, [*METRICS, "users"], count, start)
    connections.close_all()
    stopped = threading.Event()
    with servers.serving("billing_site.wsgi:application") as port:
        others = [
            threading.Thread(target=_take_in, args=(port, key, stopped)),
            threading.Thread(target=_roll, args=(stopped,)),
        ]
        _roll_all()
        for other in others:
            other.start()
        try:
            _measure(report, port, key)
        finally:
            stopped.set()
            for other in others:
                other.join()
    _add_exactness(report)


def _measure(report: Report, port: int, key: str) -> None:
    times: dict[str, list[float]] = {"big": [], "small": []}
    distinct: list[float] = []
    for _ in range(READS):
        for subscription, kept in times.items():
            kept.append(_read(port, key, subscription, "usage"))
    for _ in range(max(READS // 10, 3)):
        distinct.append(_read(port, key, "big", "distinct"))
    scans = [_scan() for _ in range(5)]
    floor = statistics.median(scans) / 5  # one of five charges
    big, small = statistics.median(times["big"]), statistics.median(times["small"])
    report.add("usage, 5 charges, 1,000,000 events: median (floor: small)", big, "ms", floor=small, at_most=15,
               ratio_at_most=2)  # fmt: skip
    report.add("the same: p99", statistics.quantiles(times["big"], n=100)[98], "ms", at_most=40)
    report.add("the same beside a scan of a charge's events", big, "ms", floor=floor)
    report.add("usage, distinct values of 160,000 events: median", statistics.median(distinct), "ms", at_most=300)


def _prepare() -> str:
    now = timezone.now()
    organizations.found(name="Bench", now=now)
    _, key = api_keys.create(name="bench", now=now)
    client = Client(headers={"Authorization": f"Bearer {key}"})

    def post(path: str, body: dict[str, object]) -> dict[str, object]:
        answer = client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
        if answer.status_code != 200:
            raise RuntimeError(answer.content[:1000])
        found: dict[str, object] = json.loads(answer.content)
        return found

    charges = []
    for code, aggregation in {**METRICS, "users": "unique_count_agg"}.items():
        metric = {"name": code, "code": code, "aggregation_type": aggregation, "field_name": "n",
                  "weighted_interval": "seconds" if code == "storage" else None,
                  "filters": [{"key": "region", "values": ["eu", "us", "ap"]}]}  # fmt: skip
        pk = post("billable_metrics", {"billable_metric": metric})["billable_metric"]["lago_id"]  # type: ignore[index]
        charge = {"billable_metric_id": pk, "charge_model": "standard", "properties": {"amount": "0.01"}}
        if code != "users":
            charge |= {"filters": [FILTER]}
            charge["properties"] |= {"pricing_group_keys": ["model"]} if code == "tokens" else {}
        charges.append(charge)
    for code, chosen in {"usage": charges[:-1], "distinct": charges[-1:]}.items():
        plan = {"name": code, "code": code, "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR",
                "pay_in_advance": False, "charges": chosen}  # fmt: skip
        post("plans", {"plan": plan})
        for size in EVENTS:
            post("customers", {"customer": {"external_id": f"{size}-{code}", "currency": "EUR"}})
            body = {"external_customer_id": f"{size}-{code}", "external_id": f"{size}-{code}", "plan_code": code,
                    "subscription_at": now.replace(day=1, hour=0, minute=0, second=0).isoformat()}  # fmt: skip
            post("subscriptions", {"subscription": body})
    return key


def _fill(size: str, codes: list[str], count: int, start: datetime) -> None:
    """Store the events of a subscription, shared evenly between its codes, over the period so far."""
    pairs = [(f"{size}-{'distinct' if code == 'users' else 'usage'}", code) for code in codes]
    numbers = [streams.ids([pair])[pair] for pair in pairs]
    partitions.ensure_month(start)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO metering_event (lago_id, stream_id, "timestamp", created_at, transaction_id, properties)
            SELECT gen_random_uuid(), (%(streams)s::bigint[])[1 + n %% cardinality(%(streams)s)], moment, moment,
                'filled-' || n, jsonb_build_object('n', n %% 5000, 'region', (ARRAY['eu', 'us', 'ap'])[1 + n %% 3],
                    'model', (ARRAY['a', 'b'])[1 + n %% 2])
            FROM generate_series(1, %(count)s) AS n
            CROSS JOIN LATERAL (SELECT %(start)s + n * (%(stop)s - %(start)s) / %(count)s AS moment) m
            """,
            {"streams": numbers, "count": count, "start": start, "stop": timezone.now()},
        )
        cursor.execute("VACUUM ANALYZE metering_event")


def _roll_all() -> None:
    while rollups.roll():
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE metering_bucket, metering_day_bucket")
    connection.close()


def _roll(stopped: threading.Event) -> None:
    while not stopped.wait(1):
        rollups.roll()
    connection.close()


def _take_in(port: int, key: str, stopped: threading.Event) -> None:
    """Send batches, a tenth of them for the subscriptions that are read."""
    number = 0
    while not stopped.wait(INTAKE_EVERY_SECONDS):
        number += 1
        events = [
            {"transaction_id": f"live-{number}-{item}", "code": list(METRICS)[item % 5],
             "external_subscription_id": f"{('big', 'small')[item % 2]}-usage" if item < 10 else f"other-{item}",
             "timestamp": int(datetime.now(UTC).timestamp()),
             "properties": {"n": item, "region": "eu", "model": "a"}}
            for item in range(INTAKE_SIZE)
        ]  # fmt: skip
        load.one(port, load.request("/api/v1/events/batch", json.dumps({"events": events}).encode(), key=key))


def _read(port: int, key: str, size: str, plan: str) -> float:
    path = f"/api/v1/customers/{size}-{plan}/current_usage?external_subscription_id={size}-{plan}"
    began = time.perf_counter()
    load.one(port, load.request(path, key=key, method="GET"))
    return (time.perf_counter() - began) * 1000


def _scan() -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum((properties ->> 'n')::numeric) FROM metering_event e JOIN metering_eventstream s"
            " ON s.id = e.stream_id WHERE s.external_subscription_id = 'big-usage'"
        )
    return (time.perf_counter() - began) * 1000


def _add_exactness(report: Report) -> None:
    """The sum of the buckets and of the tail must be that of the events."""
    _roll_all()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM metering_rollup r JOIN metering_eventstream s ON s.code = r.code
            CROSS JOIN LATERAL (SELECT count(*) AS events, sum((properties ->> 'n')::numeric) AS total
                FROM metering_event e WHERE e.stream_id = s.id) e
            CROSS JOIN LATERAL (
                SELECT sum(events) AS events, sum(total) AS total
                FROM metering_bucket b WHERE b.rollup_id = r.id AND b.stream_id = s.id
                UNION ALL SELECT sum(events), sum(total)
                FROM metering_day_bucket b WHERE b.rollup_id = r.id AND b.stream_id = s.id
            ) b
            WHERE b.events IS DISTINCT FROM e.events OR (r.field <> '' AND b.total IS DISTINCT FROM e.total)
            """
        )
        wrong = cursor.fetchone()[0]
    report.add("streams whose buckets are not their events", wrong, "", at_most=0)
