"""Usage that names the wallet which is to pay for it."""

import pytest
from django.utils import timezone

from billing_site import books


@pytest.fixture
def customer(world):
    """One with two wallets of 10.00 each and a charge of a cent a unit that lets events name a wallet."""
    metric = {"name": "Units", "code": "units", "aggregation_type": "sum_agg", "field_name": "n"}
    metric = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]["lago_id"]
    charge = {"billable_metric_id": metric, "charge_model": "standard", "properties": {"amount": "0.01"},
              "accepts_target_wallet": True}  # fmt: skip
    plan = {"name": "Metered", "code": "metered", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR",
            "charges": [charge]}  # fmt: skip
    world.post("/plans", {"plan": plan})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    for priority, code in enumerate(("first", "second"), 1):
        wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "code": code, "name": code,
                  "granted_credits": "10", "priority": priority}  # fmt: skip
        world.post("/wallets", {"wallet": wallet})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "metered"}
    world.post("/subscriptions", {"subscription": body})


def use(world, units, wallet=None):
    properties = {"n": units} | ({"target_wallet_code": wallet} if wallet else {})
    event = {"transaction_id": f"e-{units}", "external_subscription_id": "sub", "code": "units",
             "properties": properties}  # fmt: skip
    world.post("/events", {"event": event})


def balances(world, name):
    return [world.get(f"/customers/cust/wallets/{code}")["wallet"][name] for code in ("first", "second")]


@pytest.mark.usefixtures("customer")
def test_usage_weighs_on_the_wallet_that_it_names_and_is_paid_by_that_alone(world):
    use(world, 300)
    use(world, 400, "second")
    use(world, 50, "nobody's")
    world.run_clock()
    expected = balances(world, "ongoing_balance_cents")
    world.travel_to("2024-04-01T12:00:00+00:00")
    world.run_clock()
    [invoice] = world.get("/invoices")["invoices"]

    assert expected == [700, 600]
    assert balances(world, "balance_cents") == [700, 600]
    assert (invoice["prepaid_credit_amount_cents"], invoice["total_amount_cents"]) == (700, 50)
    assert books.audit_books(now=timezone.now()) == []


@pytest.mark.usefixtures("customer")
def test_what_the_named_wallet_has_not_is_due(world):
    use(world, 1500, "second")
    world.travel_to("2024-04-01T12:00:00+00:00")
    world.run_clock()
    [invoice] = world.get("/invoices")["invoices"]

    assert balances(world, "balance_cents") == [1000, 0]
    assert invoice["total_amount_cents"] == 500
