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


def upgrade(world, status=200, **more):
    """Ask, on the 10th, for a plan paid in advance in place of one in arrears, once its first invoice is paid."""
    subscribe(world, pay_in_advance=False)
    world.travel_to("2024-03-10T10:00:00Z")
    charge = world.get("/plans/plan")["plan"]["charges"][0]
    kept = {name: charge[name] for name in ("charge_model", "properties")}
    charges = [kept | {"billable_metric_id": charge["lago_billable_metric_id"]}]
    world.post(
        "/plans", {"plan": PLAN | {"code": "big", "amount_cents": 6200, "pay_in_advance": True, "charges": charges}}
    )
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "big", "activation_rules": RULES}
    answer = world.post("/subscriptions", {"subscription": body | more}, status)
    world.run_clock()
    return answer


def test_a_change_of_plan_takes_over_once_it_is_paid_since_it_was_asked_for(world):
    asked = upgrade(world)["subscription"]
    assert (asked["status"], asked["plan_code"], asked["previous_plan_code"]) == ("incomplete", "big", "plan")
    assert shown(world, "active")["plan_code"] == "plan"
    assert list(Invoice.objects.values_list("fees_amount_cents", flat=True)) == [4400]  # 22 of 31 days
    world.travel_to("2024-03-11T10:00:00Z")
    send(world, "meanwhile")

    world.travel_to("2024-03-12T08:00:00Z")
    pay(world, "succeeded")

    begun, ended = shown(world, "active"), shown(world, "terminated")
    assert (begun["plan_code"], begun["started_at"]) == ("big", "2024-03-10T10:00:00.000Z")
    assert (begun["activated_at"], begun["activation_rules"][0]["status"]) == ("2024-03-12T08:00:00Z", "satisfied")
    assert (ended["plan_code"], ended["terminated_at"]) == ("plan", "2024-03-10T10:00:00Z")
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()
    fees = world.get("/fees")["fees"]
    assert sorted((fee["item"]["type"], fee["amount_cents"]) for fee in fees) == [
        ("charge", 100),
        ("subscription", 500),  # of the old plan, 5 of 31 days
        ("subscription", 4400),
        ("subscription", 6200),
    ]
    call_command("audit_books")


def test_a_change_of_plan_that_is_not_paid_before_the_period_ends_is_given_up(world):
    asked = upgrade(world, activation_rules=[{"type": "payment", "timeout_hours": 2000}])["subscription"]
    assert asked["activation_rules"][0]["expires_at"] == "2024-04-01T00:00:00Z"

    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()

    assert shown(world, "canceled")["cancellation_reason"] == "timeout"
    assert shown(world, "active")["plan_code"] == "plan"
    found = Invoice.objects.order_by("pk").values_list("status", "fees_amount_cents")
    assert list(found) == [("voided", 4400), ("finalized", 2700)]


def test_while_a_change_of_plan_waits_no_other_is_taken_and_an_end_gives_it_up(world):
    upgrade(world)
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "big"}
    assert world.post("/subscriptions", {"subscription": body}, status=405)["code"] == "subscription_incomplete"

    world.delete("/subscriptions/sub")
    world.run_clock()

    given_up = shown(world, "canceled")
    assert (given_up["plan_code"], given_up["activation_rules"][0]["status"]) == ("big", "declined")
    assert list(Invoice.objects.filter(status="voided").values_list("fees_amount_cents", flat=True)) == [4400]


def test_a_change_of_plan_with_nothing_to_pay_in_advance_does_not_wait(world):
    changed = upgrade(world, plan_change={"at": "now", "prorate": False})["subscription"]

    assert (changed["status"], changed["activation_rules"][0]["status"]) == ("active", "not_applicable")
    assert shown(world, "terminated")["plan_code"] == "plan"
