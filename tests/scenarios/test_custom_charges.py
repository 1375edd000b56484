"""Charges whose metric says itself what its events cost, in arrears, at once, and in current usage."""

import pytest

AGGREGATOR = {
    "total_units": "total_units + event.properties.gb",
    "amount": "amount + event.properties.gb * custom_properties.rate",
}


def subscribe(world, **charge):
    metric = {"name": "Traffic", "code": "traffic", "aggregation_type": "custom_agg", "custom_aggregator": AGGREGATOR}
    made = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    custom = {
        "billable_metric_id": made["lago_id"], "charge_model": "custom",
        "properties": {"custom_properties": {"rate": 0.5}},
    }  # fmt: skip
    plan = {
        "name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR",
        "pay_in_advance": False, "charges": [custom | charge],
    }  # fmt: skip
    shown = world.post("/plans", {"plan": plan})["plan"]["charges"][0]
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan"}
    world.post("/subscriptions", {"subscription": body})
    return shown


def send(world, mark, gb):
    event = {"transaction_id": mark, "code": "traffic", "external_subscription_id": "sub", "properties": {"gb": gb}}
    world.post("/events", {"event": event})


def test_usage_costs_what_the_expressions_make_of_it(world):
    shown = subscribe(world)
    assert shown["properties"] == {"custom_properties": {"rate": 0.5}}
    send(world, "a", 3)
    send(world, "b", 4)

    usage = world.get("/customers/cust/current_usage?external_subscription_id=sub")["customer_usage"]
    world.travel_to("2024-04-01T01:00:00+00:00")
    world.run_clock()

    assert (usage["amount_cents"], usage["charges_usage"][0]["units"]) == (350, "7.0")
    fees = world.get("/fees")["fees"]
    assert [(fee["amount_cents"], fee["units"]) for fee in fees if fee["item"]["type"] == "charge"] == [(350, "7.0")]


def test_each_event_costs_at_once_what_it_adds(world):
    subscribe(world, pay_in_advance=True)
    for mark, gb in (("a", 3), ("b", 4)):
        send(world, mark, gb)
    world.run_clock()

    amounts = [fee["amount_cents"] for fee in world.get("/fees")["fees"] if fee["item"]["type"] == "charge"]
    assert sorted(amounts) == [150, 200]


@pytest.mark.parametrize("properties", [{"custom_properties": []}, {"custom_properties": {"rate": [1]}}])
def test_properties_that_expressions_cannot_read_are_refused(world, properties):
    metric = {"name": "T", "code": "t", "aggregation_type": "custom_agg", "custom_aggregator": AGGREGATOR}
    made = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    charge = {"billable_metric_id": made["lago_id"], "charge_model": "custom", "properties": properties}
    plan = {"name": "P", "code": "p", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}

    answer = world.post("/plans", {"plan": plan | {"charges": [charge]}}, status=422)

    assert answer["error_details"] == {"properties": ["invalid_type"]}


def test_the_model_needs_a_metric_with_expressions(world):
    metric = {"name": "T", "code": "t", "aggregation_type": "count_agg"}
    made = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    charge = {"billable_metric_id": made["lago_id"], "charge_model": "custom"}
    plan = {"name": "P", "code": "p", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}

    answer = world.post("/plans", {"plan": plan | {"charges": [charge]}}, status=422)

    assert answer["error_details"] == {"charge_model": ["invalid_aggregation_type_or_charge_model"]}
