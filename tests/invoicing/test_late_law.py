"""Billed late + billed before = billed on time, for every way of pricing; and nothing is billed twice, ever."""

import copy
import json
import random
import threading
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from billing_site import books, schedule
from customers.models import BillingEntity, Customer
from customers.services import customers
from invoicing.models import BilledPeriod, Fee, LateUsage
from invoicing.services import billing, late_usage
from metering.services import billable_metrics
from metering.services.ingestion import NewEvent, ingest
from plans.services import plans, subscriptions
from tests import companies, databases

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
MONTHS = [datetime(2024, month, 1, 6, tzinfo=UTC) for month in (2, 3, 4)]
END = datetime(2024, 5, 1, 6, tzinfo=UTC)
RANGES = [
    {"from_value": 0, "to_value": 40, "per_unit_amount": "0.7", "flat_amount": "1"},
    {"from_value": 41, "to_value": None, "per_unit_amount": "0.33", "flat_amount": "2"},
]
VOLUME = [{**row, "flat_amount": "0", "per_unit_amount": price} for row, price in zip(RANGES, "12", strict=True)]
PERCENTS = [{"from_value": 0, "to_value": 40, "rate": "3", "flat_amount": "1"},
            {"from_value": 41, "to_value": None, "rate": "1", "flat_amount": "0"}]  # fmt: skip
PRICES = {
    "standard": {"amount": "0.0755"},
    "grouped": {"amount": "0.115", "pricing_group_keys": ["region"]},
    "graduated": {"graduated_ranges": RANGES},
    "package": {"amount": "5", "package_size": 7, "free_units": 3},
    "volume": {"volume_ranges": VOLUME},
    "percentage": {"rate": "1.5", "fixed_amount": "0.2", "free_units_per_events": 2},
    "graduated_percentage": {"graduated_percentage_ranges": PERCENTS},
}
KINDS = [*PRICES, "minimum", "committed", "filtered", "peak", "seats"]


def price(kind, metrics):
    """Return the plan's fields for a way of pricing."""
    model = kind if kind in PRICES and kind != "grouped" else "standard"
    metric = metrics.get(kind, metrics["data"])
    charge = {"billable_metric_id": metric.lago_id, "charge_model": model,
              "properties": PRICES.get(kind, {"amount": "0.5"})}  # fmt: skip
    if kind == "minimum":
        charge["min_amount_cents"] = 2500
    if kind == "filtered":
        charge["filters"] = [{"values": {"region": ["eu"]}, "properties": {"amount": "0.9"}}]
    fields = {"charges": [charge]}
    if kind == "committed":
        fields["minimum_commitment"] = {"amount_cents": 4000}
    return fields


@pytest.fixture
def metrics(django_db_blocker_lifted):
    with databases.fresh():
        BillingEntity.objects.update(late_usage="next_invoice")
        companies.catalogue(BEGIN)
        made = {}
        for code, kind, recurring in (("peak", "max_agg", False), ("seats", "sum_agg", True), ("data", "", False)):
            if kind:
                made[code] = billable_metrics.create(
                    now=BEGIN, code=code, name=code, aggregation_type=kind, field_name="gigabytes", recurring=recurring
                )
        made["data"] = billable_metrics.create(
            now=BEGIN, code="volume", name="Volume", aggregation_type="sum_agg", field_name="gigabytes",
            filters=[{"key": "region", "values": ["eu", "us"]}],
        )  # fmt: skip
        yield made


def subscribe(kind, metrics):
    """Subscribe one customer whose usage comes in on time, and one whose usage comes in late."""
    plan = plans.create(
        now=BEGIN, code=f"law-{kind}", name=kind, interval="monthly", amount_cents=0, amount_currency="EUR",
        **price(kind, metrics),
    )  # fmt: skip
    for pace in ("prompt", "late"):
        customer = customers.upsert(f"{kind}-{pace}", now=BEGIN, currency="EUR", tax_codes=["vat"])
        subscriptions.create(customer, plan, external_id=f"{kind}-{pace}", now=BEGIN)


def send(kind, pace, number, moment, units, region, metrics, now):
    code = metrics.get(kind, metrics["data"]).code
    properties = json.dumps({"gigabytes": units, "region": region})
    ingest([NewEvent(f"{number}", f"{kind}-{pace}", code, moment, properties)], now=now)


def billed(pace):
    """Return what usage and commitments have cost by kind and the month in which it was used."""
    found = Counter()
    rows = Fee.objects.filter(customer__external_id__endswith=f"-{pace}", from_at__lt=END)
    for name, start, cents in rows.values_list("customer__external_id", "from_at", "amount_cents"):
        found[name.removesuffix(f"-{pace}"), start.month] += cents
    return found


def test_what_is_billed_late_and_before_is_what_is_billed_on_time(metrics):
    chance = random.Random(11)
    for kind in KINDS:
        subscribe(kind, metrics)
    events = []
    for number in range(60):
        moment = BEGIN + timedelta(days=chance.randrange(80), hours=2)
        arrives = moment + timedelta(days=12 * chance.randrange(5))
        said = (f"{number}", moment, chance.choice((1, 4, 9, 23)), chance.choice(("eu", "us")))
        events += [(moment, "prompt", *said), (min(arrives, END + timedelta(minutes=1)), "late", *said)]
    looks = [BEGIN, *MONTHS, END, END + timedelta(hours=1), END + timedelta(days=31)]
    for since, now in pairwise(looks):
        for arrives, pace, *said in events:
            for kind in KINDS if since < arrives <= now else ():
                send(kind, pace, *said, metrics, arrives)
        schedule.tick(now=now)

    assert billed("late") == billed("prompt")
    late = Fee.objects.filter(late_usage__isnull=False).values_list("customer__external_id", flat=True)
    assert set(late) == {f"{kind}-late" for kind in KINDS}
    assert books.audit_books(now=looks[-1]) == []


@pytest.fixture
def waiting(metrics):
    """Three customers whose January has had usage after it was billed."""
    for kind in ("standard", "graduated", "package"):
        subscribe(kind, metrics)
    schedule.tick(now=MONTHS[0])
    for kind in ("standard", "graduated", "package"):
        send(kind, "late", "1", BEGIN + timedelta(days=2), 50, "eu", metrics, MONTHS[0])
    assert late_usage.look(now=MONTHS[0] + timedelta(days=1)) == 3
    return list(Customer.objects.filter(late_usages__status="waiting").order_by("pk").values_list("pk", flat=True))


def test_what_was_billed_late_cannot_be_billed_again(waiting):
    late = LateUsage.objects.select_related("period").earliest("pk")
    billing.bill_customers(waiting, now=MONTHS[1])
    fee = Fee.objects.filter(late_usage=late).latest("pk")

    twice = copy.copy(fee)
    twice.pk, twice.lago_id, twice._state.adding = None, uuid.uuid4(), True
    with pytest.raises(IntegrityError, match="fee_once_for_late_usage"):
        twice.save()
    again = LateUsage(period=late.period, number=1, customer_id=late.customer_id, created_at=END, updated_at=END)
    with pytest.raises(IntegrityError, match="late_usage_number_once"):
        again.save()


def test_nobody_looks_for_late_usage_while_usage_is_made_final(waiting, metrics):
    found = []

    def look():
        send("standard", "late", "2", BEGIN + timedelta(days=3), 50, "eu", metrics, MONTHS[1])
        found.append(late_usage.find(now=MONTHS[1]))
        connection.close()

    with transaction.atomic():
        billing.bill_customers(waiting, now=MONTHS[1])
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    assert found == [0]
    assert late_usage.look(now=MONTHS[1]) == 1


def test_late_usage_of_three_is_found_and_billed_with_the_queries_of_one(waiting):
    counts = []
    for customer_ids in (waiting[:1], waiting[1:]):
        LateUsage.objects.filter(customer__in=customer_ids).update(is_priced=False)
        with CaptureQueriesContext(connection) as queries:
            late_usage.price(customer_ids, now=MONTHS[1])
            billing.bill_customers(customer_ids, now=MONTHS[1])
        counts.append(Counter(query["sql"].split()[0] for query in queries))

    assert counts[0] == counts[1]
    assert LateUsage.objects.filter(status="billed").count() == 3


def test_without_late_usage_a_chunk_asks_once_for_it(waiting):
    LateUsage.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        billing.bill_customers(waiting, now=MONTHS[1])

    assert len([query for query in queries if "lateusage" in query["sql"] and "SELECT" in query["sql"][:8]]) == 1
    assert not BilledPeriod.objects.filter(late_usages__isnull=False).exists()
