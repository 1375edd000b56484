"""Who did what, and what was asked of the API, over the API."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing_site.core import activity
from billing_site.core.models import Activity, Organization
from customers.models import Customer
from customers.services import customers
from tests.api.world import World
from tests.databases import KEY
from tests.webhooks.conftest import NOW
from webhooks.models import ApiLog, IntakeCount
from webhooks.services import api_logs


@pytest.fixture
def world(company):
    with time_machine.travel(NOW, tick=False):
        made = World(KEY)
        made._made("customers", {"customer": {"external_id": "cust", "name": "Ann", "currency": "EUR"}})
        plan = {"name": "P", "code": "p", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}
        made._made("plans", {"plan": plan})
        body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "p"}
        made._made("subscriptions", {"subscription": body})
        yield made


def read(world, path):
    answer = world.send("GET", path)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def types(world, query=""):
    return [row["activity_type"] for row in read(world, f"activity_logs?{query}")["activity_logs"]]


def test_an_activity_is_shown_as_lago_shows_it(world):
    world._made("customers", {"customer": {"external_id": "cust", "name": "Bea"}})

    (row,) = read(world, "activity_logs?activity_types[]=customer.updated")["activity_logs"]

    assert row == {
        "activity_id": str(Activity.objects.get(type="customer.updated").lago_id),
        "activity_type": "customer.updated", "activity_source": "api",
        "activity_object": {"lago_id": str(Customer.objects.get().lago_id)},
        "activity_object_changes": {"name": ["Ann", "Bea"]}, "user_email": None,
        "resource_id": str(Customer.objects.get().lago_id), "resource_type": "Customer",
        "external_customer_id": "cust", "external_subscription_id": None,
        "organization_id": str(Organization.objects.get().lago_id),
        "logged_at": "2024-03-05T12:12:00Z", "created_at": "2024-03-05T12:12:00Z",
    }  # fmt: skip
    assert read(world, f"activity_logs/{row['activity_id']}") == {"activity_log": row}
    assert world.send("GET", f"activity_logs/{row['resource_id']}").status_code == 404


def test_activities_are_found_by_each_filter(world):
    user = get_user_model().objects.create_user("ann", email="ann@example.com", is_staff=True)
    with activity.acting_as(activity.Actor("staff", str(user.pk), "Ann")):
        customers.upsert("other", now=NOW + timedelta(days=3), name="Other")
    customer = Customer.objects.get(external_id="cust")

    assert types(world, "user_emails[]=ann@example.com") == ["customer.created"]
    assert types(world, "activity_sources[]=front") == ["customer.created"]
    assert types(world, "from_date=2024-03-08") == ["customer.created"]
    assert "customer.created" in types(world, "to_date=2024-03-05&from_date=2024-03-05")
    assert types(world, "to_date=2024-03-05&from_date=2024-03-05").count("customer.created") == 1
    assert set(types(world, "external_subscription_id=sub")) == {"subscription.started"}
    assert set(types(world, "external_customer_id=cust")) == {"customer.created", "subscription.started"}
    assert types(world, f"resource_ids[]={customer.lago_id}") == ["customer.created"]
    assert set(types(world, "resource_types[]=Plan&resource_types[]=Customer")) == {"plan.created", "customer.created"}
    assert types(world, "resource_types[]=Nonsense") == []
    assert read(world, "activity_logs?user_emails[]=ann@example.com")["activity_logs"][0]["user_email"] == (
        "ann@example.com"
    )


@pytest.mark.parametrize("path, name", [
    ("activity_logs?from_date=nonsense", "from_date"), ("activity_logs?activity_sources[]=x", "activity_sources"),
    ("activity_logs?resource_ids[]=x", "resource_ids"), ("api_logs?http_methods[]=get", "http_methods"),
    ("api_logs?http_statuses[]=maybe", "http_statuses"), ("api_logs?to_date=2024-02-30", "to_date"),
])  # fmt: skip
def test_a_filter_that_means_nothing_is_named(world, path, name):
    refused = world.send("GET", path)

    assert (refused.status_code, list(json.loads(refused.content)["error_details"])) == (422, [name])


def test_a_page_of_activities_takes_as_many_queries_however_long_it_is(world):
    counts = []
    for number in (2, 20):
        for index in range(number):
            customers.upsert(f"{number}-{index}", now=NOW)
        with CaptureQueriesContext(connection) as queries:
            read(world, "activity_logs?activity_types[]=customer.created")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_writing_request_is_logged_with_its_answer_and_a_reading_one_is_not(world):
    ApiLog.objects.all().delete()
    refused = world.send("POST", "taxes", {"tax": {"name": "VAT", "secret_note": "s"}})
    world.send("GET", "taxes")
    Client().post("/api/v1/taxes", {}, content_type="application/json")

    (row,) = read(world, "api_logs")["api_logs"]
    kept = ApiLog.objects.get()
    assert row == {
        "request_id": str(kept.lago_id), "client": "", "http_method": "post", "http_status": 422,
        "request_origin": "http://testserver/", "request_path": "/taxes",
        "request_body": {"tax": {"name": "VAT", "secret_note": "[hidden]"}},
        "request_response": json.loads(refused.content), "api_version": "v1",
        "logged_at": "2024-03-05T12:12:00Z", "created_at": "2024-03-05T12:12:00Z",
    }  # fmt: skip
    assert read(world, f"api_logs/{kept.lago_id}") == {"api_log": row}
    assert (kept.api_key.startswith("tests"), kept.mark) == (True, refused["X-Request-Id"])


def test_no_secret_is_kept_of_a_new_endpoint(world):
    made = world._made("webhook_endpoints", {"webhook_endpoint": {"webhook_url": "http://127.0.0.1/"}})
    secret = made["webhook_endpoint"]["signing_secret"]

    assert not ApiLog.objects.filter(request_response__icontains=secret).exists()
    assert ApiLog.objects.latest("id").request_response["webhook_endpoint"]["signing_secret"] == "[hidden]"


def test_requests_are_found_by_each_filter(world):
    ApiLog.objects.all().delete()
    world.send("POST", "taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20}})
    world.send("PUT", "taxes/vat", {"tax": {"rate": "x"}})
    world.send("DELETE", "taxes/none")

    def found(query):
        return [(row["http_method"], row["http_status"]) for row in read(world, f"api_logs?{query}")["api_logs"]]

    assert found("") == [("delete", 404), ("put", 422), ("post", 200)]
    assert found("http_methods[]=put&http_methods[]=post") == [("put", 422), ("post", 200)]
    assert found("http_statuses[]=succeeded") == [("post", 200)]
    assert found("http_statuses[]=failed") == [("delete", 404), ("put", 422)]
    assert found("http_statuses[]=404&http_statuses[]=succeeded") == [("delete", 404), ("post", 200)]
    assert found("request_paths=/taxes/vat/") == [("put", 422)]
    assert found("from_date=2024-03-06") == found("to_date=2024-03-04") == found("api_version=v2") == []


def test_intake_is_counted_by_the_hour_and_not_logged(world):
    ApiLog.objects.all().delete()
    api_logs.write_counts()
    IntakeCount.objects.all().delete()
    event = {"transaction_id": "1", "external_subscription_id": "sub", "code": "none"}
    for body in ({"event": event}, {"event": event | {"transaction_id": "2"}}, {}):
        world.send("POST", "events", body)
    api_logs.write_counts()
    api_logs.write_counts()

    counted = {row.http_status: row.requests for row in IntakeCount.objects.filter(hour=NOW.replace(minute=0))}
    assert counted == {200: 2, 400: 1}
    assert not ApiLog.objects.exists()


def test_a_long_body_is_left_out_and_the_request_goes_on(world):
    answer = world.send("POST", "customers", {"customer": {"external_id": "long", "junk": "x" * 40_000}})

    assert answer.status_code == 200
    assert "left_out" in ApiLog.objects.latest("id").request_body


def test_old_requests_are_forgotten(world):
    assert api_logs.prune(now=NOW + timedelta(days=89)) == 0
    assert api_logs.prune(now=NOW + timedelta(days=91)) > 0
    assert not ApiLog.objects.exists()
