"""What the company has earned, told by months over HTTP."""

import pytest
from django.utils import timezone

from billing_site.admin import home
from tests.scenarios.test_usage_to_invoice import send


def read(world, what, query=""):
    answer = world.get(f"/analytics/{what}{query}")
    return next(iter(answer.values()))


def plan(world, code, cents, interval, *, in_advance=True):
    body = {
        "name": code, "code": code, "interval": interval, "amount_cents": cents, "amount_currency": "EUR",
        "pay_in_advance": in_advance,
    }  # fmt: skip
    world.post("/plans", {"plan": body})


def subscribe(world, customer, code):
    world.post("/customers", {"customer": {"external_id": customer, "currency": "EUR"}})
    body = {"external_customer_id": customer, "external_id": customer, "plan_code": code, "billing_time": "anniversary"}
    world.post("/subscriptions", {"subscription": body})
    world.run_clock()


def recurring(world, query=""):
    return {row["month"][:7]: row["amount_cents"] for row in read(world, "mrr", query)}


@pytest.mark.parametrize(
    ("interval", "cents", "in_advance", "until", "expected"),
    [
        ("monthly", 1000, True, "2024-04-05T13:00:00Z", {"2024-03": 1000, "2024-04": 1000}),
        ("monthly", 1000, False, "2024-05-05T13:00:00Z", {"2024-04": 1000, "2024-05": 1000}),
        ("quarterly", 1000, True, "2024-04-01T00:00:00Z", {"2024-03": 333, "2024-04": 333}),
        ("yearly", 12_000, True, "2024-04-01T00:00:00Z", {"2024-03": 1000, "2024-04": 1000}),
        ("quarterly", 900, False, "2024-06-06T00:00:00Z", {"2024-03": 300, "2024-04": 300, "2024-05": 300}),
        ("weekly", 100, True, "2024-03-20T00:00:00Z", {"2024-03": 433}),
    ],
)
def test_what_a_plan_brings_is_spread_over_its_months(world, interval, cents, in_advance, until, expected):
    plan(world, "p", cents, interval, in_advance=in_advance)
    subscribe(world, "cust", "p")

    for moment in ("2024-04-05T13:00:00Z", until):
        if moment <= until:
            world.travel_to(moment)
            world.run_clock()

    assert recurring(world) == expected


def test_what_moves_the_recurring_revenue_is_told_apart(world):
    for code, cents in (("small", 1000), ("large", 3000)):
        plan(world, code, cents, "monthly")
    for customer, code in (("grows", "small"), ("leaves", "small"), ("stays", "large")):
        subscribe(world, customer, code)
    world.travel_to("2024-04-05T12:12:00Z")
    world.delete("/subscriptions/leaves")
    world.run_clock()
    subscribe(world, "comes", "large")
    world.travel_to("2024-05-05T12:12:00Z")
    body = {"external_customer_id": "grows", "external_id": "grows", "plan_code": "large"}
    world.post("/subscriptions", {"subscription": body})
    world.run_clock()

    moves = {
        row["month"][:7]: tuple(row[f"{kind}_cents"] for kind in ("new", "expansion", "contraction", "churn"))
        for row in read(world, "mrr")
    }

    assert recurring(world) == {"2024-03": 5000, "2024-04": 7000, "2024-05": 9000}
    assert moves == {
        "2024-03": (5000, 0, 0, 0),
        "2024-04": (3000, 0, 0, 1000),
        "2024-05": (0, 2000, 0, 0),
    }


@pytest.mark.usefixtures("subscribed")
def test_usage_collection_and_what_is_overdue(world):
    send(world, "a", "b", "c")
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    first, second = sorted(
        world.get("/invoices?external_customer_id=cust")["invoices"], key=lambda invoice: invoice["total_amount_cents"]
    )
    world.put(f"/invoices/{first['lago_id']}", {"invoice": {"payment_status": "succeeded"}})
    world.travel_to("2024-04-03T03:00:00Z")
    world.run_clock()

    [usage] = read(world, "invoiced_usage")
    assert (usage["code"], usage["amount_cents"], usage["month"]) == ("requests", 3000, "2024-04-01T00:00:00.000Z")
    collected = {row["payment_status"]: row["amount_cents"] for row in read(world, "invoice_collection")}
    assert collected == {
        "succeeded": first["total_amount_cents"],
        "pending": second["total_amount_cents"],
    }
    [overdue] = read(world, "overdue_balance", "?external_customer_id=cust")
    assert overdue["lago_invoice_ids"] == [second["lago_id"]]
    assert sum(row["amount_cents"] for row in read(world, "gross_revenue")) == sum(collected.values())
    assert read(world, "gross_revenue", "?currency=USD") == read(world, "overdue_balance", "?currency=USD") == []
    assert read(world, "gross_revenue", "?external_customer_id=nobody") == []
    [billed] = read(world, "usage", "?time_granularity=monthly&billable_metric_code=requests")
    assert (billed["start_of_period_dt"], billed["end_of_period_dt"], billed["units"]) == (
        "2024-03-01", "2024-03-31", "3.0",
    )  # fmt: skip
    assert read(world, "usage", "?plan_code=other") == []


@pytest.mark.parametrize(
    "query",
    ["months=0", "months=many", "months=99999999999", "currency=XYZ", "external_customer_id=%00",
     "time_granularity=yearly", "from_date=2024-13-01", "customer_type=robot", "is_billable_metric_recurring=perhaps"],
)  # fmt: skip
def test_a_bad_question_is_refused_or_leaves_nothing_out(world, query):
    for what in ("gross_revenue", "invoice_collection", "invoiced_usage", "mrr", "overdue_balance", "usage"):
        assert world.client.get(f"/api/v1/analytics/{what}?{query}").status_code in (200, 422), what
    assert world.client.get(f"/api/v1/analytics/usage?{query}").status_code == 422
    assert world.get("/analytics/mrr?billing_entity_code=none", status=404)["code"] == "billing_entity_not_found"


def test_the_home_page_shows_it_and_what_has_moved_it(world):
    plan(world, "p", 1000, "monthly")
    subscribe(world, "cust", "p")

    panels = {panel.title: panel for panel in home.page(now=timezone.now()).main}

    assert panels["Monthly recurring revenue, EUR"].labels[-1] == "Mar 2024"
    assert list(panels["What moved it, EUR"].rows[0])[:2] == ["Mar 2024", "EUR\N{NO-BREAK SPACE}10.00"]
