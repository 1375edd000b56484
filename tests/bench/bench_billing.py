"""
The billing run with two processes, beside a COPY of the very rows that it wrote by two connections.

BENCH_SUBSCRIPTIONS and BENCH_EVENTS change the size; a tenth of the subscriptions is billed first, for the slope.
"""

import multiprocessing
import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from billing_site.core.embedded_postgres.base import server
from invoicing.models import Invoice
from invoicing.services import billing
from tests.bench import database, many_subscribers
from tests.bench.report import Report

SUBSCRIPTIONS = int(os.environ.get("BENCH_SUBSCRIPTIONS", "10000"))
EVENTS_EACH = int(os.environ.get("BENCH_EVENTS", "40"))
PROCESSES = 2
NOW = many_subscribers.FIRST_BILLING + timedelta(hours=3)
FLOOR = "floor"
# What a run writes, children first as the run has it, with how rows are told by their invoice.
TABLES = {
    "invoicing_billedperiod": "invoice_id",
    "invoicing_invoicesubscription": "invoice_id",
    "invoicing_fee": "invoice_id",
    "invoicing_feetax": "(SELECT invoice_id FROM invoicing_fee f WHERE f.id = fee_id)",
    "invoicing_invoicetax": "invoice_id",
    "invoicing_invoicecredit": "invoice_id",
    "invoicing_invoice": "id",
    "invoicing_journalentry": "subject_id",
    "core_activity": "subject_id",
}
_fork = multiprocessing.get_context("fork")


def run(report: Report) -> None:
    """Measure subscriptions of both shapes."""
    _measure(report, many_subscribers.TWO_CHARGES, at_least=2000)
    database.make_empty()
    _measure(report, many_subscribers.FIVE_CHARGES, at_least=1500)


def _measure(report: Report, shape: many_subscribers.Shape, *, at_least: int) -> None:
    """Bill a tenth, then all of the subscriptions; then the floor, then nothing."""
    tenth = _timed_run(shape, SUBSCRIPTIONS // 10)
    database.make_empty()
    seconds = _timed_run(shape, SUBSCRIPTIONS, with_floor=True)
    assert Invoice.objects.filter(status="finalized", taxes_amount_cents__gt=0).count() == SUBSCRIPTIONS
    floor = _floor()
    again = _in_parallel([partial(billing.bill_due, now=NOW)] * PROCESSES)
    assert Invoice.objects.count() == SUBSCRIPTIONS
    what = f"billing run, {SUBSCRIPTIONS:,} subscriptions, {shape.name}, {EVENTS_EACH} events each, 2 processes"
    report.add(
        what, SUBSCRIPTIONS / seconds, "invoices/s", floor=SUBSCRIPTIONS / floor, at_least=at_least, ratio_at_least=0.3
    )
    report.add("the same run, repeated, beside the first", again, "s", floor=seconds, ratio_at_most=1 / 20)
    report.add("the run beside that of a tenth", seconds, "s", floor=tenth, ratio_at_most=11)


def _timed_run(shape: many_subscribers.Shape, count: int, *, with_floor: bool = False) -> float:
    many_subscribers.build(count, events_each=EVENTS_EACH, shape=shape)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    if with_floor:
        _admin(f"DROP DATABASE IF EXISTS {FLOOR} WITH (FORCE)")
        _admin(f"CREATE DATABASE {FLOOR} TEMPLATE {settings.DATABASES['default']['NAME']} STRATEGY FILE_COPY")
        with psycopg.connect(_uri(FLOOR), autocommit=True) as floor:  # the journal's rows come by COPY too
            floor.execute("ALTER TABLE invoicing_invoice DISABLE TRIGGER USER")
    return _in_parallel([partial(billing.bill_due, now=NOW)] * PROCESSES)


def _floor() -> float:
    """Return the seconds that plain COPYs of the rows need, a half by each connection, ready-made in memory."""
    jobs = []
    for part in range(PROCESSES):
        rows = {table: _rows(table, f"{key} % {PROCESSES} = {part}") for table, key in TABLES.items()}
        jobs.append(partial(_copy, rows))
    return _in_parallel(jobs)


def _rows(table: str, condition: str) -> bytes:
    newer = "type = 'invoice.finalized' AND " if table == "core_activity" else ""
    statement = f"COPY (SELECT * FROM {table} WHERE {newer}{condition}) TO STDOUT (FORMAT binary)"
    uri = _uri(settings.DATABASES["default"]["NAME"])
    with psycopg.connect(uri) as source, source.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(copy)


def _copy(rows: dict[str, bytes]) -> None:
    with psycopg.connect(_uri(FLOOR)) as target, target.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table, data in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(data)


def _in_parallel(jobs: list[Callable[[], Any]]) -> float:
    """Run each job in a process forked when all is loaded, and return the seconds until the last is done."""
    connection.close()
    go = _fork.Barrier(len(jobs) + 1)
    processes = [_fork.Process(target=_wait_and_run, args=(go, job)) for job in jobs]
    for process in processes:
        process.start()
    go.wait()
    start = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - start
    assert all(process.exitcode == 0 for process in processes)
    return seconds


def _wait_and_run(go: Any, job: Callable[[], Any]) -> None:
    connection.ensure_connection()
    go.wait()
    job()


def _uri(name: str) -> str:
    return str(psycopg.conninfo.make_conninfo(server().get_uri(), dbname=name))


def _admin(statement: str) -> None:
    with psycopg.connect(server().get_uri(), autocommit=True) as admin:
        admin.execute(statement.encode())
