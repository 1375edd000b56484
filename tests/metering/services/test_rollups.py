"""Usage from buckets is the usage of the events, whenever and in whatever pieces it was rolled up."""

import json
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection, transaction

from metering.models import BillableMetric, BillableMetricFilter
from metering.selectors import sums as reader
from metering.selectors import usage as door
from metering.selectors.questions import MetricTerms, UsageQuery
from metering.services import ingestion, rollups
from tests.databases import fresh

JUNE = datetime(2024, 6, 1, tzinfo=UTC)
NOW = datetime(2024, 7, 9, tzinfo=UTC)
AGGREGATIONS = {"c": "count_agg", "s": "sum_agg", "m": "max_agg", "l": "latest_agg", "w": "weighted_sum_agg"}


@pytest.fixture
def database(django_db_blocker_lifted):
    with fresh():
        for code, aggregation in AGGREGATIONS.items():
            metric = BillableMetric.objects.create(
                code=code, name=code, aggregation_type=aggregation, field_name="" if code == "c" else "n",
                created_at=JUNE, updated_at=JUNE,
            )  # fmt: skip
            BillableMetricFilter.objects.create(
                billable_metric=metric, key="region", values=["eu", "us"], created_at=JUNE, updated_at=JUNE
            )
            rollups.ensure(code, ["model"])
        yield


def send(dice, count, mark):
    events = []
    for number in range(count):
        properties = {
            "n": dice.choice([dice.randrange(-5, 50), "1.25", "x", None]),
            "region": dice.choice(["eu", "us", "ap"]),
        }
        if dice.random() < 0.5:
            properties["model"] = dice.choice(["a", "b", 1])
        # Few moments, so that some are equal; some on the edge of a quarter; some long ago.
        moment = JUNE + timedelta(
            minutes=dice.choice([0, 15, dice.randrange(45_000), -50_000]), seconds=dice.choice([0, 1])
        )
        code, price = dice.choice("csmlw"), dice.choice([None, Decimal("1.5")])
        events.append(
            ingestion.NewEvent(f"{mark}-{number}", dice.choice("xy"), code, moment, json.dumps(properties), price)
        )
    ingestion.ingest(events, now=NOW)


def questions(dice):
    for code, aggregation in AGGREGATIONS.items():
        terms = MetricTerms(
            code, aggregation, "" if code == "c" else "n", recurring=code == "s" and dice.random() < 0.3
        )
        start = JUNE + timedelta(minutes=dice.choice([0, 7, dice.randrange(20_000)]))
        end = start + timedelta(minutes=dice.choice([31, 44_000]), seconds=dice.choice([0, 5]))
        shapes = [
            {}, {"group_keys": ("model",)}, {"matching": {"region": ("eu",)}},
            {"matching": {"region": ("eu", "us")}, "excluding": ({"region": ("us",), "model": ("a",)},)},
        ]  # fmt: skip
        for number, shape in enumerate(shapes):
            for subscription in "xy":
                yield UsageQuery((code, number, subscription), subscription, terms, start, end, **shape)


def roll_all():
    """Roll until nothing is left: transactions in the databases of other tests hold the watermark back too."""
    for _ in range(600):
        rollups.roll()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM metering_event WHERE xid >= (SELECT watermark FROM metering_rollup_state))"
            )
            if cursor.fetchone() == (False,):
                return
        time.sleep(0.05)
    pytest.fail("Some transaction does not end.")


def told(answers):
    return {key: sorted(map(repr, found)) for key, found in answers.items()}


def by_events(queries):
    """Ask as if there were no rollup."""
    with mock.patch.object(reader, "_fits", return_value=False):
        return told(door.usage(queries))


@pytest.mark.parametrize("seed", range(6))
def test_buckets_and_tail_and_edges_are_the_events(database, seed):
    dice = random.Random(seed)
    for turn in range(5):
        send(dice, 60, f"{seed}-{turn}")
        if dice.random() < 0.6:
            rollups.roll()
        queries = list(questions(dice))
        assert told(door.usage(queries)) == by_events(queries)
    roll_all()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), (SELECT sum(events) FROM metering_bucket), (SELECT sum(events) FROM metering_day_bucket)"
            " FROM metering_event"
        )
        assert cursor.fetchone() == (300, 300, 300)


def test_the_questions_are_answered_from_buckets(database):
    send(random.Random(1), 50, "a")
    rollups.roll()
    queries = list(questions(random.Random(2)))
    streams, rolled = door._streams(queries)

    for number, query in enumerate(queries):
        stream = streams[query.external_subscription_id, query.metric.code]
        _, others = reader.rows([(number, query, stream)], rolled)
        assert others == []


def test_a_metric_whose_keys_change_is_rolled_up_anew(database):
    send(random.Random(1), 100, "a")
    rollups.roll()
    rollups.ensure("s", ["n"])
    queries = [UsageQuery(1, "x", MetricTerms("s", "sum_agg", "n"), JUNE, NOW, group_keys=("n",))]
    before = by_events(queries)

    rollups.roll()

    assert told(door.usage(queries)) == before
    assert door._streams(queries)[1]["s"].keys == {"n", "region", "model"}


def test_a_restored_dump_is_answered_from_events_until_it_is_rolled_up_anew(database):
    dice = random.Random(1)
    send(dice, 100, "a")
    rollups.roll()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE metering_event SET xid = '9999999999'")
        cursor.execute("UPDATE metering_rollup_state SET watermark = '9999999999', cluster = 1")
    send(dice, 50, "b")
    queries = list(questions(dice))
    expected = by_events(queries)

    assert told(door.usage(queries)) == expected
    roll_all()
    assert told(door.usage(queries)) == expected


def test_a_rollup_with_a_bucket_for_each_event_is_switched_off(database, monkeypatch):
    monkeypatch.setattr(rollups, "MAX_SPARSE_BUCKETS", 10)
    send(random.Random(1), 200, "a")
    queries = list(questions(random.Random(2)))
    roll_all()
    rollups.roll()

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT state FROM metering_rollup")
        assert ("off",) in cursor.fetchall()
    assert told(door.usage(queries)) == by_events(queries)


def test_a_rollup_whose_quarters_hold_an_event_each_keeps_its_days(database, monkeypatch):
    monkeypatch.setattr(rollups, "MAX_SPARSE_BUCKETS", 10)

    def send_quarters(first, stop):
        ingestion.ingest(
            [
                ingestion.NewEvent(f"q-{number}", "x", "s", JUNE + number * timedelta(minutes=15), '{"n": 2}')
                for number in range(first, stop)
            ],
            now=NOW,
        )

    send_quarters(0, 250)
    roll_all()
    send_quarters(250, 300)
    rollups.roll()
    send_quarters(300, 310)

    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM metering_rollup WHERE code = 's'")
        assert cursor.fetchone() == ("days",)
        cursor.execute(
            "SELECT (SELECT count(*) FROM metering_bucket), sum(events), count(*), (SELECT max(days) FROM"
            " metering_rollup) FROM metering_day_bucket"
        )
        quarters, events, days, counted = cursor.fetchone()
    assert (quarters, events) == (0, 300)
    assert days == counted
    spans = [(0, 31), (1, 2), (0.3, 2.7), (0.2, 0.9)]  # days: of the last no whole one
    queries = [
        UsageQuery(span, "x", MetricTerms("s", "sum_agg", "n"), *(JUNE + timedelta(days=day) for day in span))
        for span in spans
    ]
    assert [answer[0].units for answer in door.usage(queries).values()] == [620, 192, 2 * 231, 2 * 67]
    assert told(door.usage(queries)) == by_events(queries)


def test_usage_is_exact_while_events_come_in_and_are_rolled_up(database):
    stopped = threading.Event()

    def work(act):
        number = 0
        while not stopped.is_set():
            act(number)
            number += 1
        connection.close()

    def take_in(number):
        send(random.Random(number), 20, f"{threading.get_ident()}-{number}")

    threads = [threading.Thread(target=work, args=(act,)) for act in (take_in, take_in, lambda _: rollups.roll())]
    for thread in threads:
        thread.start()
    try:
        for seed in range(15):
            queries = list(questions(random.Random(seed)))
            with transaction.atomic():
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                answers = told(door.usage(queries))
                assert answers == by_events(queries)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
