"""A customer that moves to another time zone in mid-period: nothing is billed twice, and nothing is left out."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command

from invoicing.models import BilledPeriod, Fee


@pytest.mark.parametrize(
    ("_case", "zone", "billed_at", "boundary"),
    [
        ("east: the boundary comes earlier", "Europe/Berlin", "2024-04-01T01:00:00Z", "2024-03-31T22:00:00Z"),
        ("west: it comes later", "America/New_York", "2024-04-01T05:00:00Z", "2024-04-01T04:00:00Z"),
        ("far east", "Pacific/Kiritimati", "2024-04-01T01:00:00Z", "2024-03-31T10:00:00Z"),
    ],
)
@pytest.mark.parametrize("pay_in_advance", [True, False])
def test_periods_go_on_without_gap_or_overlap(world, _case, zone, billed_at, boundary, pay_in_advance):
    world.travel_to("2024-02-01T00:00:00Z")
    plan = {
        "code": "basic", "name": "Basic", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR",
        "pay_in_advance": pay_in_advance,
    }  # fmt: skip
    world.post("/plans", {"plan": plan})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "basic"}
    world.post("/subscriptions", {"subscription": body})
    world.travel_to("2024-03-01T00:10:00Z")
    world.run_clock()
    world.travel_to("2024-03-20T10:00:00Z")
    world.post("/customers", {"customer": {"external_id": "cust", "timezone": zone}})

    for moment in ("2024-04-01T00:10:00Z", billed_at, "2024-05-02T12:00:00Z"):
        world.travel_to(moment)
        world.run_clock()

    for kind in ("plan_fee", "usage"):
        periods = BilledPeriod.objects.filter(kind=kind).order_by("starts_at")
        gaps = [(after.starts_at - before.ends_at).total_seconds() for before, after in pairwise(periods)]
        assert [gap for gap in gaps if gap < 0 or (gap and kind == "usage")] == []
    usage = BilledPeriod.objects.filter(kind="usage").order_by("starts_at")
    assert boundary in [f"{period.ends_at:%Y-%m-%dT%H:%M:%SZ}" for period in usage]
    fees = list(Fee.objects.filter(fee_type="subscription").order_by("pk").values_list("amount_cents", flat=True))
    assert fees == [3100] * (4 if pay_in_advance else 3)


@pytest.mark.parametrize("whose", ["customer", "billing_entity"])
def test_a_change_of_plan_that_waits_for_a_day_waits_for_it_in_the_new_zone(world, whose):
    for code, cents in (("big", 3100), ("small", 1000)):
        plan = {"code": code, "name": code, "interval": "monthly", "amount_cents": cents, "amount_currency": "EUR"}
        world.post("/plans", {"plan": plan | {"pay_in_advance": True}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    for code in ("big", "small"):
        body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": code}
        world.post("/subscriptions", {"subscription": body})
    if whose == "customer":
        world.post("/customers", {"customer": {"external_id": "cust", "timezone": "America/New_York"}})
    else:
        (entity,) = world.get("/billing_entities")["billing_entities"]
        world.put(f"/billing_entities/{entity['code']}", {"billing_entity": {"timezone": "America/New_York"}})
    world.run_clock()
    assert world.get("/subscriptions/sub")["subscription"]["downgrade_plan_date"] == "2024-04-01"

    plans = []
    for moment in ("2024-04-01T03:50:00Z", "2024-04-01T04:10:00Z"):
        world.travel_to(moment)
        world.run_clock()
        plans.append(world.get("/subscriptions/sub")["subscription"]["plan_code"])

    assert plans == ["big", "small"]


@pytest.fixture
def drafted(world):
    """A draft of March, of a customer in UTC with long days of grace, with an event in each hour around its end."""
    metric = {"name": "Calls", "code": "calls", "aggregation_type": "count_agg"}
    made = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    world.travel_to("2024-02-01T00:00:00Z")
    charge = {"billable_metric_id": made["lago_id"], "charge_model": "standard", "properties": {"amount": "1"}}
    plan = {"code": "basic", "name": "Basic", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR"}
    world.post("/plans", {"plan": plan | {"charges": [charge], "pay_in_advance": False}})
    terms = {"invoice_grace_period": 60}
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR", "billing_configuration": terms}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "basic"}
    world.post("/subscriptions", {"subscription": body})
    world.travel_to("2024-03-01T00:10:00Z")
    world.run_clock()
    noon = 1_711_886_400  # of 31 March
    event = {"code": "calls", "external_subscription_id": "sub"}
    events = [event | {"transaction_id": str(hour), "timestamp": noon + hour * 3600} for hour in range(24)]
    world.post("/events/batch", {"events": events})
    world.travel_to("2024-04-01T00:10:00Z")
    world.run_clock()
    return world.get("/invoices?status=draft")["invoices"][0]["lago_id"]


def bounds(world, invoice):
    whole = world.get(f"/invoices/{invoice}")["invoice"]
    (period,) = whole["billing_periods"]
    fees = {fee["item"]["type"]: (fee["amount_cents"], fee["units"]) for fee in whole["fees"]}
    return period["charges_from_datetime"], period["charges_to_datetime"], fees


@pytest.mark.parametrize(
    ("_case", "zone", "at", "ends_at", "calls"),
    [
        ("west: it ends later", "America/New_York", "2024-04-01T05:00:00Z", "2024-04-01T03:59:59Z", 16),
        ("east: it ended before", "Europe/Berlin", "2024-04-01T05:00:00Z", "2024-03-31T21:59:59Z", 10),
        ("west, but not over there: it stays", "America/New_York", "2024-04-01T03:00:00Z", "2024-03-31T23:59:59Z", 12),
    ],
)
def test_a_draft_ends_where_its_customer_has_moved(world, drafted, _case, zone, at, ends_at, calls):
    world.travel_to(at)
    world.post("/customers", {"customer": {"external_id": "cust", "timezone": zone}})

    world.put(f"/invoices/{drafted}/refresh", {})
    refreshed = bounds(world, drafted)
    world.put(f"/invoices/{drafted}/finalize", {})

    expected = {"charge": (calls * 100, f"{calls}.0"), "subscription": (3100, "1.0")}
    assert refreshed == bounds(world, drafted) == ("2024-03-01T00:00:00Z", ends_at, expected)
    world.travel_to("2024-05-02T12:00:00Z")
    world.run_clock()
    usage = BilledPeriod.objects.filter(kind="usage").order_by("starts_at")
    assert [after.starts_at - before.ends_at for before, after in pairwise(usage)] == [timedelta(0)] * 2
    assert sum(fee.units for fee in Fee.objects.filter(fee_type="charge")) == 24
    call_command("audit_books")


def test_a_draft_stays_where_later_time_has_been_billed(world, drafted):
    world.travel_to("2024-05-01T00:10:00Z")
    world.run_clock()
    world.post("/customers", {"customer": {"external_id": "cust", "timezone": "America/New_York"}})
    world.travel_to("2024-05-02T00:00:00Z")

    world.put(f"/invoices/{drafted}/finalize", {})

    assert bounds(world, drafted)[:2] == ("2024-03-01T00:00:00Z", "2024-03-31T23:59:59Z")


@pytest.mark.parametrize("whose", ["customer", "billing_entity"])
def test_whoever_moves_east_is_billed_as_the_day_begins_there(world, whose):
    plan = {"name": "Base", "code": "base", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR"}
    world.post("/plans", {"plan": plan})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "base"}
    world.post("/subscriptions", {"subscription": body})
    if whose == "customer":
        world.post("/customers", {"customer": {"external_id": "cust", "timezone": "Asia/Tokyo"}})
    else:
        (entity,) = world.get("/billing_entities")["billing_entities"]
        world.put(f"/billing_entities/{entity['code']}", {"billing_entity": {"timezone": "Asia/Tokyo"}})
    world.run_clock()

    invoices = []
    for moment in ("2024-03-31T14:50:00Z", "2024-03-31T15:10:00Z", "2024-04-01T00:10:00Z"):
        world.travel_to(moment)
        world.run_clock()
        invoices.append(world.get("/invoices")["meta"]["total_count"])

    assert invoices == [0, 1, 1]
