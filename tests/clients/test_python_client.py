"""Lago's own Python client, unchanged, against the live server: from a metric to an invoice."""

from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlsplit

import httpx
import pytest
import time_machine
from django.core.management import call_command
from lago_python_client import Client
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models import (
    BatchEvent,
    BillableMetric,
    Charge,
    Charges,
    Customer,
    CustomerBillingConfiguration,
    Event,
    Plan,
    Subscription,
)
from pypdf import PdfReader

from tests.databases import fresh
from tests.live import serving

MARCH = datetime(2024, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def lago(django_db_blocker_lifted, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fresh() as key, time_machine.travel(MARCH, tick=False), serving() as address:
        yield Client(api_key=key, api_url=address)


def subscribe(lago: Client) -> None:
    metric = lago.billable_metrics.create(
        BillableMetric(name="Requests", code="requests", aggregation_type="sum_agg", field_name="count")
    )
    charge = Charge(billable_metric_id=metric.lago_id, charge_model="standard", properties={"amount": "0.05"})
    lago.plans.create(
        Plan(
            name="Pro",
            code="pro",
            interval="monthly",
            amount_cents=4900,
            amount_currency="EUR",
            pay_in_advance=False,
            charges=Charges(__root__=[charge]),
        )  # fmt: skip
    )
    lago.customers.create(
        Customer(
            external_id="cust",
            name="Ada Ltd",
            currency="EUR",
            email="ada@example.com",
            billing_configuration=CustomerBillingConfiguration(invoice_grace_period=0),
        )  # fmt: skip
    )
    lago.subscriptions.create(Subscription(external_customer_id="cust", external_id="sub", plan_code="pro"))


def send_events(lago: Client, count: int) -> None:
    events = [
        Event(
            transaction_id=f"event-{number}",
            external_subscription_id="sub",
            code="requests",
            timestamp=int(MARCH.timestamp()) + number,
            properties={"count": number},
        )  # fmt: skip
        for number in range(count)
    ]
    lago.events.batch_create(BatchEvent(events=events))


def test_from_a_metric_to_an_invoice(lago):
    subscribe(lago)
    send_events(lago, 100)

    with time_machine.travel(datetime(2024, 3, 20, tzinfo=UTC), tick=False):
        usage = lago.customers.current_usage("cust", "sub")
    with time_machine.travel(datetime(2024, 4, 1, 1, tzinfo=UTC), tick=False):
        call_command("tick")
        call_command("drain")
        [listed] = lago.invoices.find_all({"external_customer_id": "cust"})["invoices"]
        invoice = lago.invoices.find(listed.lago_id)
        link = urlsplit(lago.invoices.download(listed.lago_id).file_url)
        document = httpx.get(f"{lago.api_url}{link.path}?{link.query}", trust_env=False)

    assert [(item.units, item.amount_cents, item.events_count) for item in usage.charges_usage] == [
        ("4950.0", 24750, 100)
    ]
    assert (invoice.status, invoice.invoice_type, invoice.total_amount_cents) == ("finalized", "subscription", 29650)
    assert [(fee.item.type, fee.amount_cents, fee.units) for fee in invoice.fees.__root__] == [
        ("subscription", 4900, "1.0"),
        ("charge", 24750, "4950.0"),
    ]
    assert document.headers["Content-Type"] == "application/pdf"
    assert invoice.number in PdfReader(BytesIO(document.content)).pages[0].extract_text()


def test_a_refusal_names_field_and_code_and_changes_nothing(lago):
    subscribe(lago)

    with pytest.raises(LagoApiError) as refused:
        lago.billable_metrics.create(BillableMetric(name="Requests", code="requests", aggregation_type="count_agg"))

    assert refused.value.status_code == 422
    assert refused.value.response["error_details"] == {"code": ["value_already_exist"]}
    assert [metric.code for metric in lago.billable_metrics.find_all()["billable_metrics"]] == ["requests"]


def test_a_repeated_batch_is_accepted_once(lago):
    subscribe(lago)

    send_events(lago, 10)
    send_events(lago, 10)

    usage = lago.customers.current_usage("cust", "sub")
    assert [item.events_count for item in usage.charges_usage] == [10]


def test_an_unknown_key_is_refused(lago):
    stranger = Client(api_key="nobody", api_url=lago.api_url)

    with pytest.raises(LagoApiError) as refused:
        stranger.plans.find_all()

    assert refused.value.status_code == 401
    assert httpx.get(f"{lago.api_url}/livez", trust_env=False).status_code == 200
