"""A period costs the same with and without thresholds, whatever is used and whenever somebody looks."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from billing_site import books, schedule
from invoicing.models import CreditNote, Invoice
from invoicing.services import progressive_billing
from metering.services.ingestion import NewEvent, ingest
from plans.models import Subscription, UsageMark
from plans.services import usage_marks
from tests import companies, databases

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
DAYS = 70
THRESHOLDS = ({"amount_cents": 500}, {"amount_cents": 1500}, {"amount_cents": 700, "recurring": True})
PAIRS = 6


@pytest.fixture
def company(django_db_blocker_lifted):
    with databases.fresh():
        companies.catalogue(BEGIN)
        yield


def send(name, day, number, units):
    moment = BEGIN + timedelta(days=day, hours=number)
    ingest([NewEvent(f"{name}-{day}-{number}", name, "data", moment, json.dumps({"gigabytes": units}))], now=moment)


def net_cents(name):
    final = Invoice.objects.filter(customer__external_id=name, status="finalized")
    billed = final.aggregate(cents=Sum("sub_total_excluding_taxes_amount_cents"))["cents"] or 0
    notes = CreditNote.objects.filter(customer__external_id=name)
    return billed - (notes.aggregate(cents=Sum("sub_total_excluding_taxes_amount_cents"))["cents"] or 0)


@pytest.mark.usefixtures("company")
def test_thresholds_change_when_usage_is_billed_and_not_what_it_costs():
    chance = random.Random(7)
    for pair in range(PAIRS):
        for kind, thresholds in (("with", THRESHOLDS), ("without", ())):
            companies.metered(BEGIN, plan=kind, thresholds=thresholds, name=f"{kind}-{pair}")
    for day in range(DAYS):
        for pair in range(PAIRS):
            # Half of them take back now and then more than they have used since.
            units = chance.choice((0, 37, 120, 260)) if pair % 2 else chance.choice((0, 90, 200, -150, -400))
            for kind in ("with", "without") if units else ():
                send(f"{kind}-{pair}", day, pair, units)
        if day % 3 == 0:
            schedule.tick(now=BEGIN + timedelta(days=day, hours=12))
    end = BEGIN + timedelta(days=DAYS + 31)
    schedule.tick(now=end)

    assert [net_cents(f"with-{pair}") for pair in range(PAIRS)] == [
        net_cents(f"without-{pair}") for pair in range(PAIRS)
    ]
    kinds = Counter(Invoice.objects.filter(customer__external_id__startswith="with-").values_list("invoice_type"))
    assert kinds[("progressive_billing",)] > 10
    assert CreditNote.objects.filter(is_automatic=True).exists()
    assert books.audit_books(now=end) == []


@pytest.mark.usefixtures("company")
def test_five_times_the_subscribers_are_looked_at_with_the_same_queries():
    few = [companies.metered(BEGIN, plan="with", thresholds=THRESHOLDS, name=f"few-{number}") for number in range(2)]
    many = [companies.metered(BEGIN, plan="with", name=f"many-{number}") for number in range(10)]
    for subscription in (*few, *many):
        send(subscription.external_id, 1, 0, 600)
    now, counts = BEGIN + timedelta(days=2), []
    for round_of in range(2):
        for subscribed in (few, many):
            usage_marks.mark(Subscription.objects.filter(pk__in=[row.pk for row in subscribed]), now=now)
            with CaptureQueriesContext(connection) as queries:
                assert progressive_billing.bill([row.customer_id for row in subscribed], now=now) == len(subscribed)
            counts.append(Counter(query["sql"].split()[0] for query in queries))
        if not round_of:
            for subscription in (*few, *many):
                send(subscription.external_id, 1, 1, 1000)

    assert counts[0] == counts[1]
    assert counts[2] == counts[3]
    assert not UsageMark.objects.exists()
