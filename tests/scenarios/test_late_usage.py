"""Usage that comes in after its invoice is final: onto the next invoice, onto a list, or nowhere."""

import json
from datetime import datetime

import pytest
from django.core.management import call_command

from invoicing.models import LateUsage

TIERS = [
    {"from_value": 0, "to_value": 10, "per_unit_amount": "1", "flat_amount": "2"},
    {"from_value": 11, "to_value": None, "per_unit_amount": "0.5", "flat_amount": "0"},
]


@pytest.fixture
def billed(world):
    """A customer whose March was billed on 1 April: 8 units in tiers for 10.00, and a fee of 5.00."""

    def bill(choice="next_invoice", grace=0, **charge):
        world.travel_to("2024-03-01T10:00:00Z")
        world.put(f"/billing_entities/{entity(world)['code']}", {"billing_entity": {"late_usage": choice}})
        metric = {"name": "Units", "code": "units", "aggregation_type": "sum_agg", "field_name": "n"}
        metric = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
        tiers = {"charge_model": "graduated", "properties": {"graduated_ranges": TIERS}}
        plan = {
            "code": "pro", "name": "Pro", "interval": "monthly", "amount_cents": 500, "amount_currency": "EUR",
            "charges": [{"billable_metric_id": metric["lago_id"], **tiers, **charge}],
        }  # fmt: skip
        world.post("/plans", {"plan": plan})
        customer = {"external_id": "cust", "billing_configuration": {"invoice_grace_period": grace}}
        world.post("/customers", {"customer": customer})
        body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"}
        world.post("/subscriptions", {"subscription": body})
        use(world, 8)
        at(world, "2024-04-01")

    return bill


def entity(world):
    return world.get("/billing_entities")["billing_entities"][0]


def use(world, units, day="2024-03-10"):
    world.count = getattr(world, "count", 0) + 1
    event = {
        "transaction_id": f"e{world.count}", "external_subscription_id": "sub", "code": "units",
        "properties": {"n": units}, "timestamp": int(datetime.fromisoformat(f"{day}T10:00:00+00:00").timestamp()),
    }  # fmt: skip
    world.post("/events", {"event": event})


def at(world, day):
    world.travel_to(f"{day}T12:00:00+00:00")
    world.run_clock()


def invoices(world):
    """Return the whole invoices, the oldest first."""
    found = world.get("/invoices?per_page=50")["invoices"]
    return [world.get(f"/invoices/{row['lago_id']}")["invoice"] for row in reversed(found)]


def usage_fees(invoice):
    return [
        (fee["amount_cents"], fee["units"], fee["from_date"][:10], fee["to_date"][:10])
        for fee in invoice["fees"]
        if fee["item"]["type"] == "charge" and fee["amount_cents"]
    ]


def test_late_usage_goes_onto_the_next_invoice_at_the_price_of_its_tiers(world, billed):
    billed()
    use(world, 4)
    at(world, "2024-04-02")
    [late] = LateUsage.objects.all()
    assert (late.status, late.amount_cents) == ("waiting", 300)  # 2 units at 1.00 and 2 at 0.50

    use(world, 2)  # 1.00 more
    use(world, 1, "2024-04-10")
    at(world, "2024-05-01")

    march, april = invoices(world)
    assert usage_fees(march) == [(1000, "8.0", "2024-03-01", "2024-03-31")]
    assert usage_fees(april) == [
        (300, "1.0", "2024-04-01", "2024-04-30"),
        (400, "6.0", "2024-03-01", "2024-03-31"),
    ]
    late.refresh_from_db()
    assert (late.status, late.amount_cents, late.invoice.number) == ("billed", 400, april["number"])
    at(world, "2024-06-01")
    assert [row[2] for row in usage_fees(invoices(world)[2])] == ["2024-05-01"]
    call_command("audit_books")


def test_late_usage_has_the_prices_of_its_time(world, billed):
    billed()
    world.travel_to("2024-04-03T10:00:00Z")
    [charge] = world.get("/plans/pro")["plan"]["charges"]
    dear = [{**tier, "per_unit_amount": "9"} for tier in TIERS]
    body = {"charge": {"properties": {"graduated_ranges": dear}}}
    world.put(f"/plans/pro/charges/{charge['code']}", body)
    use(world, 4)
    at(world, "2024-05-01")

    assert (300, "4.0", "2024-03-01", "2024-03-31") in usage_fees(invoices(world)[1])


def test_late_usage_is_priced_by_the_plan_of_its_time(world, billed):
    billed()
    world.travel_to("2024-04-03T10:00:00Z")
    [charge] = world.get("/plans/pro")["plan"]["charges"]
    own = [{"id": charge["lago_id"], "properties": {"graduated_ranges": [
        {"from_value": 0, "to_value": None, "per_unit_amount": "7", "flat_amount": "0"}]}}]  # fmt: skip
    world.put("/subscriptions/sub", {"subscription": {"plan_overrides": {"charges": own}}})
    use(world, 4)
    at(world, "2024-05-01")

    assert usage_fees(invoices(world)[1]) == [(300, "4.0", "2024-03-01", "2024-03-31")]


def test_late_usage_is_listed_until_somebody_decides(world, billed):
    billed("list")
    use(world, 4)
    at(world, "2024-04-02")
    [late] = world.get("/late_usages?status[]=listed&external_customer_id=cust")["late_usages"]
    assert (late["amount_cents"], late["from_date"], late["to_date"]) == (
        300, "2024-03-01T10:00:00Z", "2024-03-31T23:59:59Z")  # fmt: skip
    at(world, "2024-05-01")
    assert [row[2] for row in usage_fees(invoices(world)[1])] == ["2024-04-01"]

    answer = world.put(f"/late_usages/{late['lago_id']}", {"late_usage": {"status": "waiting"}})
    assert answer["late_usage"]["status"] == "waiting"
    at(world, "2024-06-01")

    assert (300, "4.0", "2024-03-01", "2024-03-31") in usage_fees(invoices(world)[2])
    refused = world.put(f"/late_usages/{late['lago_id']}", {"late_usage": {"status": "dismissed"}}, status=405)
    assert refused["code"] == "late_usage_not_open"
    call_command("audit_books")


def test_what_was_given_up_is_not_billed_with_what_comes_later(world, billed):
    billed("list")
    use(world, 4)
    at(world, "2024-04-02")
    [late] = world.get("/late_usages")["late_usages"]
    world.put(f"/late_usages/{late['lago_id']}", {"late_usage": {"status": "dismissed"}})
    world.put(f"/billing_entities/{entity(world)['code']}", {"billing_entity": {"late_usage": "next_invoice"}})
    use(world, 2)
    at(world, "2024-05-01")

    assert (100, "2.0", "2024-03-01", "2024-03-31") in usage_fees(invoices(world)[1])
    call_command("audit_books")


def test_late_usage_may_be_ignored(world, billed):
    billed("ignore")
    use(world, 4)
    at(world, "2024-05-01")

    assert world.get("/late_usages")["late_usages"] == []
    assert [row[2] for row in usage_fees(invoices(world)[1])] == ["2024-04-01"]


def test_a_draft_with_late_usage_counts_it_again_when_it_becomes_final(world, billed):
    billed(grace=3)
    use(world, 1)
    at(world, "2024-04-05")
    assert LateUsage.objects.count() == 0  # March was a draft, and has taken it
    use(world, 4)
    at(world, "2024-05-01")
    [late] = LateUsage.objects.all()
    assert (late.status, late.amount_cents, late.invoice.status) == ("billed", 250, "draft")

    use(world, 2)
    at(world, "2024-05-02")
    at(world, "2024-05-05")

    late.refresh_from_db()
    assert (late.amount_cents, late.invoice.status) == (350, "finalized")
    at(world, "2024-06-05")
    assert [(row.number, row.status) for row in LateUsage.objects.order_by("number")] == [(1, "billed")]
    call_command("audit_books")


def test_late_usage_within_what_was_billed_as_a_minimum_costs_nothing(world, billed):
    billed(min_amount_cents=1500)
    use(world, 4)  # 3.00 of the 5.00 that lifted the charge to its minimum
    at(world, "2024-04-02")
    assert LateUsage.objects.count() == 0
    use(world, 10)
    at(world, "2024-05-01")

    lines = [row for row in usage_fees(invoices(world)[1]) if row[2] == "2024-03-01"]
    assert lines == [(300, "14.0", "2024-03-01", "2024-03-31")]  # 18.00 in all


def test_usage_that_makes_its_time_cheaper_is_listed_and_not_billed(world, billed):
    billed()
    use(world, -3)
    at(world, "2024-04-02")

    [late] = world.get("/late_usages")["late_usages"]
    assert (late["status"], late["amount_cents"]) == ("listed", -300)
    refused = world.put(f"/late_usages/{late['lago_id']}", {"late_usage": {"status": "waiting"}}, status=405)
    assert refused["code"] == "late_usage_not_open"


def test_an_ended_subscription_s_late_usage_is_billed_with_another(world, billed):
    billed()
    world.travel_to("2024-04-02T10:00:00Z")
    body = {"external_customer_id": "cust", "external_id": "other", "plan_code": "pro"}
    world.post("/subscriptions", {"subscription": body})
    world.delete("/subscriptions/sub")
    world.run_clock()
    use(world, 4)
    world.run_clock()
    upcoming = world.get("/customers/cust/upcoming_invoice")
    at(world, "2024-05-01")

    last = invoices(world)[-1]
    assert (300, "4.0", "2024-03-01", "2024-03-31") in usage_fees(last)
    assert "2024-03-01T10:00:00Z" in json.dumps(upcoming)
    call_command("audit_books")
