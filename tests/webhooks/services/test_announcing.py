"""From an activity to a webhook: once for each endpoint that wants it, written by the API's own serializers."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_site.core import activity, dispatch
from billing_site.core.models import Activity, Organization
from customers.services import customers
from metering.services import billable_metrics
from tests.databases import KEY
from tests.webhooks.conftest import NOW
from webhooks import catalogue
from webhooks.models import Delivery, Webhook
from webhooks.services import announcing, endpoints

pytestmark = pytest.mark.usefixtures("company")


def make_endpoint(url="http://127.0.0.1:9/", **terms):
    return endpoints.create(now=NOW, webhook_url=url, **terms)[0]


def test_a_webhook_says_what_the_api_says():
    make_endpoint()
    customers.upsert("cust", now=NOW, name="Ann", currency="EUR")

    dispatch.run_pending(now=NOW)

    told, organization = Webhook.objects.get(), Organization.objects.get()
    api = Client(headers={"Authorization": f"Bearer {KEY}"}).get("/api/v1/customers/cust").json()
    assert json.loads(told.payload) == {
        "webhook_type": "customer.created", "object_type": "customer", "organization_id": str(organization.lago_id),
        "customer": api["customer"],
    }  # fmt: skip
    assert told.lago_id == Activity.objects.get(type="customer.created").lago_id


def test_each_endpoint_is_told_once_of_what_it_wants_however_often_the_reaction_runs():
    all_, some = make_endpoint(), make_endpoint("http://127.0.0.1:10/", event_types=["customer.created"])
    other = make_endpoint("http://127.0.0.1:11/", event_types=["invoice.created"])
    customer = customers.upsert("cust", now=NOW, name="Ann")
    customers.upsert("cust", now=NOW, name="Bea")
    dispatch.run_pending(now=NOW)

    Activity.objects.filter(subject_type=customer._meta.label_lower).update(state="pending", next_attempt_at=NOW)
    dispatch.run_pending(now=NOW + timedelta(seconds=1))

    told = Delivery.objects.order_by("webhook__activity_id", "endpoint_id")
    assert [(row.endpoint, row.webhook.webhook_type) for row in told] == [
        (all_, "customer.created"), (some, "customer.created"), (all_, "customer.updated")
    ]  # fmt: skip
    assert not other.deliveries.exists()


def test_while_there_is_no_endpoint_nothing_waits_and_a_transaction_asks_once():
    customer = customers.upsert("cust", now=NOW)
    Activity.objects.filter(state="pending").update(state="done")

    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        rows = [activity.build("wallet.updated", customer, now=NOW) for _ in range(500)]

    assert {row.state for row in rows} == {Activity.State.DONE}
    assert len([query for query in queries if "webhooks_" in query["sql"]]) == 1


def test_an_endpoint_is_told_of_what_happens_after_it_was_made_in_the_same_transaction_too():
    count = {"now": NOW, "name": "Calls", "aggregation_type": "count_agg"}
    with transaction.atomic():
        billable_metrics.create(code="before", **count)
        make_endpoint(event_types=["billable_metric.created"])
        billable_metrics.create(code="after", **count)

    dispatch.run_pending(now=NOW)

    assert [json.loads(row.payload)["billable_metric"]["code"] for row in Webhook.objects.all()] == ["after"]


def test_many_activities_are_told_with_as_many_queries_as_few():
    make_endpoint()
    counts = []
    for number in (3, 30):
        for index in range(number):
            customers.upsert(f"{number}-{index}", now=NOW, name="Ann")
        waiting = list(Activity.objects.filter(type="customer.created", state="pending"))
        assert len(waiting) == number
        with CaptureQueriesContext(connection) as queries:
            announcing.announce(waiting, now=NOW)
        counts.append(len(queries))
        Activity.objects.update(state="done")

    assert counts[0] == counts[1]


def test_one_that_cannot_be_told_does_not_keep_the_others(monkeypatch):
    make_endpoint()
    for name in ("good", "bad", "fine"):
        customers.upsert(name, now=NOW, name=name)
    write = catalogue.CUSTOMER.write

    def breaks(customer):
        if customer.external_id == "bad":
            raise ValueError("no")
        return write(customer)

    broken = catalogue.Kind("customer", catalogue.CUSTOMER.rows, breaks)
    source = catalogue.Source(broken, ("customer.created",), lambda row: "customer.created")
    monkeypatch.setitem(catalogue.SOURCES, "customer.created", source)

    dispatch.run_pending(now=NOW)

    told = [json.loads(row.payload)["customer"]["external_id"] for row in Webhook.objects.order_by("id")]
    assert told == ["good", "fine"]
    waiting = Activity.objects.get(state="pending")
    assert (waiting.subject_label.startswith("bad"), "ValueError: no" in waiting.last_error) == (True, True)


def test_facts_of_the_activity_are_told_with_the_object():
    make_endpoint()
    customer = customers.upsert("cust", now=NOW)
    checked = {"valid": False, "country_code": None, "vat_number": "FR1"}
    activity.record("customer.vies_check", customer, now=NOW, details=checked)

    dispatch.run_pending(now=NOW)

    told = json.loads(Webhook.objects.get(webhook_type="customer.vies_check").payload)
    assert (told["object_type"], told["customer"]["external_id"]) == ("customer", "cust")
    assert told["customer"]["vies_check"] == checked


def test_a_plan_of_one_subscription_alone_is_not_told_of():
    assert catalogue.SOURCES["plan.updated"].choose(_Plan(parent_id=7)) is None
    assert catalogue.SOURCES["plan.updated"].choose(_Plan(parent_id=None)) == "plan.updated"


class _Plan:
    def __init__(self, parent_id):
        self.parent_id = parent_id
