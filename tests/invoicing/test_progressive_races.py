"""Two runs at the same subscription at the same moment, made to meet: its usage is billed at its threshold once."""

import json
import threading
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection

from billing_site import books
from invoicing.models import Invoice
from invoicing.services import billing, progressive_billing
from metering.services.ingestion import NewEvent, ingest
from plans.models import UsageMark
from plans.services import usage_marks
from tests import companies, databases

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 1, 12, tzinfo=UTC)


def use(name, units, *, number=0):
    ingest([NewEvent(f"{name}-{number}", name, "data", NOW, json.dumps({"gigabytes": units}))], now=NOW)


@pytest.fixture
def customer_id(django_db_blocker_lifted):
    """One whose usage has reached a threshold of 10.00, and who is marked."""
    with databases.fresh():
        companies.catalogue(BEGIN)
        subscription = companies.metered(BEGIN, thresholds=({"amount_cents": 1000},))
        billing.bill_due(now=BEGIN)
        use("metered", 1200)
        usage_marks.mark_arrivals(now=NOW)
        yield subscription.customer_id


@pytest.fixture
def other_run(customer_id, monkeypatch):
    """Have another run bill the same customer while the first is between reading and writing; what it said."""
    write, said = progressive_billing._write, []

    def bill():
        said.append(progressive_billing.bill([customer_id], now=NOW))
        connection.close()

    def meet(found, now):
        monkeypatch.setattr(progressive_billing, "_write", write)
        thread = threading.Thread(target=bill)
        thread.start()
        thread.join()
        write(found, now)

    monkeypatch.setattr(progressive_billing, "_write", meet)
    return said


def test_the_lock_keeps_a_second_run_away(customer_id, other_run):
    assert progressive_billing.bill([customer_id], now=NOW) == 1

    assert other_run == [0]
    assert books.audit_books(now=NOW) == []


def test_without_the_lock_the_name_of_the_act_refuses_the_second(customer_id, other_run, monkeypatch):
    monkeypatch.setattr(progressive_billing.locks, "keys_in_order", lambda rows, **_: [customer_id])

    with pytest.raises(IntegrityError, match="operation_key"):
        progressive_billing.bill([customer_id], now=NOW)

    assert other_run == [1]
    assert list(Invoice.objects.values_list("invoice_type", "total_amount_cents")) == [("progressive_billing", 1428)]
    assert books.audit_books(now=NOW) == []


def test_a_mark_that_comes_while_somebody_looks_is_kept(customer_id, monkeypatch):
    write = progressive_billing._write

    def meet(found, now):
        use("metered", 5, number=1)
        thread = threading.Thread(target=lambda: (usage_marks.mark_arrivals(now=now), connection.close()))
        thread.start()
        thread.join()
        write(found, now)

    monkeypatch.setattr(progressive_billing, "_write", meet)
    progressive_billing.bill([customer_id], now=NOW)
    assert not UsageMark.objects.exists()

    # The event was not committed when the other looked: it is told now.
    assert usage_marks.mark_arrivals(now=NOW) == 1
    assert usage_marks.mark_arrivals(now=NOW) == 0
