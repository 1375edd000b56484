"""Subscriptions that begin once their first invoice is paid."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from invoicing.models import Invoice

PLAN = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR"}
RULES = [{"type": "payment", "timeout_hours": 48}]


def subscribe(world, *, pay_in_advance=True, **more):
    metric = {"name": "Calls", "code": "calls", "aggregation_type": "count_agg"}
    made = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    charge = {"billable_metric_id": made["lago_id"], "charge_model": "standard", "properties": {"amount": "1"}}
    world.post("/plans", {"plan": PLAN | {"pay_in_advance": pay_in_advance, "charges": [charge]}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan", "activation_rules": RULES}
    shown = world.post("/subscriptions", {"subscription": body | more})["subscription"]
    world.run_clock()
    return shown


def send(world, mark):
    event = {"transaction_id": mark, "code": "calls", "external_subscription_id": "sub", "properties": {}}
    world.post("/events", {"event": event})


def pay(world, status):
    world.put(f"/invoices/{Invoice.objects.get().lago_id}", {"invoice": {"payment_status": status}})
    world.run_clock()


def shown(world, status):
    return world.get(f"/subscriptions/sub?status={status}")["subscription"]


def test_it_begins_when_its_first_invoice_is_paid(world):
    made = subscribe(world)
    assert (made["status"], made["started_at"]) == ("incomplete", None)
    assert [(rule["status"], rule["expires_at"]) for rule in made["activation_rules"]] == [
        ("pending", "2024-03-07T12:12:00Z"),
    ]  # fmt: skip
    assert list(Invoice.objects.values_list("status", "fees_amount_cents")) == [("finalized", 2700)]  # 27 of 31 days
    send(world, "before")
    world.get("/customers/cust/current_usage?external_subscription_id=sub", status=405)

    world.travel_to("2024-03-06T12:00:00Z")
    pay(world, "succeeded")
    send(world, "after")
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()

    begun = shown(world, "active")
    assert (begun["started_at"], begun["activated_at"]) == ("2024-03-05T12:12:00.000Z", "2024-03-06T12:00:00Z")
    assert [rule["status"] for rule in begun["activation_rules"]] == ["satisfied"]
    fees = world.get("/fees")["fees"]
    assert sorted((fee["item"]["type"], fee["amount_cents"]) for fee in fees) == [
        ("charge", 100), ("subscription", 2700), ("subscription", 3100),
    ]  # fmt: skip
    call_command("audit_books")


@pytest.mark.parametrize(
    ("reason", "rule", "act"),
    [
        ("payment_failed", "failed", lambda world: pay(world, "failed")),
        ("timeout", "expired", lambda world: (world.travel_to("2024-03-07T12:12:00Z"), world.run_clock())),
    ],
)
def test_it_is_canceled_if_it_is_not_paid(world, reason, rule, act):
    subscribe(world)

    act(world)

    canceled = shown(world, "canceled")
    assert (canceled["cancellation_reason"], canceled["started_at"]) == (reason, None)
    assert [item["status"] for item in canceled["activation_rules"]] == [rule]
    invoice = Invoice.objects.get()
    assert invoice.status == "voided"
    world.put(f"/invoices/{invoice.lago_id}", {"invoice": {"payment_status": "succeeded"}}, status=405)
    world.travel_to("2024-05-01T01:00:00Z")
    world.run_clock()
    assert Invoice.objects.count() == 1
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan"}
    assert world.post("/subscriptions", {"subscription": body})["subscription"]["status"] == "active"


def test_without_anything_to_pay_in_advance_it_begins_at_once(world):
    made = subscribe(world, pay_in_advance=False)

    assert (made["status"], [rule["status"] for rule in made["activation_rules"]]) == ("active", ["not_applicable"])


def test_one_that_starts_later_waits_from_then_on(world):
    made = subscribe(world, subscription_at="2024-03-10T00:00:00Z")
    assert (made["status"], [rule["status"] for rule in made["activation_rules"]]) == ("pending", ["inactive"])
    world.put("/subscriptions/sub?status=pending", {"subscription": {"activation_rules": RULES}})

    world.travel_to("2024-03-10T00:05:00Z")
    world.run_clock()

    assert shown(world, "incomplete")["activation_rules"][0]["status"] == "pending"
    assert Invoice.objects.get().created_at == datetime(2024, 3, 10, 0, 5, tzinfo=UTC)


def test_while_it_waits_it_can_be_canceled_and_not_changed(world):
    subscribe(world)
    world.post("/plans", {"plan": PLAN | {"code": "other", "pay_in_advance": True}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "other"}

    assert world.post("/subscriptions", {"subscription": body}, status=405)["code"] == "subscription_incomplete"
    canceled = world.delete("/subscriptions/sub?status=incomplete")["subscription"]

    assert (canceled["status"], canceled["activation_rules"][0]["status"]) == ("canceled", "declined")
