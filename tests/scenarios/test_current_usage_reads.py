"""What current usage costs the database, and what it answers where there is nothing to tell."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing_site.core import prepared
from metering.services import rollups


def subscribe(world, charges):
    codes = [f"metric-{number}" for number in range(charges)]
    metrics = [
        world.post(
            "/billable_metrics",
            {"billable_metric": {
                "name": code, "code": code, "aggregation_type": ("sum_agg", "max_agg", "count_agg")[number % 3],
                "field_name": "n", "filters": [{"key": "region", "values": ["eu", "us"]}],
            }},
        )["billable_metric"]["lago_id"]
        for number, code in enumerate(codes)
    ]  # fmt: skip
    world.post("/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20, "applied_to_organization": True}})
    price = {"charge_model": "standard", "properties": {"amount": "1"}}
    filtered = {"values": {"region": ["eu"]}, "properties": {"amount": "2"}}
    plan = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}
    items = [price | {"billable_metric_id": metric, "filters": [filtered]} for metric in metrics]
    world.post("/plans", {"plan": plan | {"pay_in_advance": False, "charges": items}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan"}
    world.post("/subscriptions", {"subscription": body})
    event = {"external_subscription_id": "sub", "properties": {"n": 3, "region": "eu"}}
    world.post("/events/batch", {"events": [event | {"transaction_id": code, "code": code} for code in codes]})
    rollups.roll()


@pytest.mark.parametrize("charges", [1, 7])
def test_the_number_of_statements_does_not_depend_on_the_charges(world, monkeypatch, charges):
    subscribe(world, charges)
    address = "/customers/cust/current_usage?external_subscription_id=sub"
    world.get(address)  # the key is known from now on
    run, statements = prepared.run, []
    monkeypatch.setattr(
        prepared, "run", lambda statement, values: statements.append(statement) or run(statement, values)
    )

    with CaptureQueriesContext(connection) as others:
        usage = world.get(address)["customer_usage"]

    assert len(statements) + len(others) == 6
    sums = 100 * sum((6, 6, 2)[number % 3] for number in range(charges))
    assert (usage["amount_cents"], usage["taxes_amount_cents"]) == (sums, sums // 5)


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/customers/nobody/current_usage?external_subscription_id=sub", 404, "customer_not_found"),
        ("/customers/cust/current_usage?external_subscription_id=other", 404, "subscription_not_found"),
        ("/customers/cust/current_usage", 404, "subscription_not_found"),
        ("/customers/cust/current_usage?external_subscription_id=sub", 405, "no_active_subscription"),
    ],
)
def test_what_is_not_there_is_named(world, address, status, code):
    subscribe(world, 1)
    world.delete("/subscriptions/sub")

    assert world.get(address, status)["code"] == code
