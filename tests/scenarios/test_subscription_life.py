"""Prices of one customer's own, and ends that follow from something else."""

import uuid

import pytest

from billing_site.core.models import Activity
from customers.models import BillingEntity
from invoicing.models import Invoice
from plans.models import Plan


def fees(world):
    """Return the fees of each invoice, oldest first, as (item, units, cents)."""
    invoices = world.get("/invoices?external_customer_id=cust")["invoices"]
    whole = [world.get(f"/invoices/{row['lago_id']}")["invoice"] for row in reversed(invoices)]
    return [[(fee["item"]["code"], fee["units"], fee["amount_cents"]) for fee in row["fees"]] for row in whole]


@pytest.fixture
def plan(world):
    """In arrears 31.00 a month, and 1.00 for each request."""
    world.travel_to("2024-03-01T10:00:00Z")
    metric = {"name": "Requests", "code": "requests", "aggregation_type": "count_agg"}
    metric = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    charge = {"billable_metric_id": metric["lago_id"], "charge_model": "standard", "properties": {"amount": "1"}}
    body = {
        "code": "basic", "name": "Basic", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR",
        "charges": [charge],
    }  # fmt: skip
    return world.post("/plans", {"plan": body})["plan"]


def subscribe(world, status=200, **fields):
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "basic"} | fields
    return world.post("/subscriptions", {"subscription": body}, status=status)


def use(world, mark):
    event = {"transaction_id": mark, "code": "requests", "external_subscription_id": "sub"}
    world.post("/events", {"event": event})


def test_a_customer_pays_prices_of_its_own_and_the_plan_stays(world, plan):
    charge = {"id": plan["charges"][0]["lago_id"], "properties": {"amount": "5"}, "invoice_display_name": "Calls"}
    made = subscribe(world, plan_overrides={"amount_cents": 6200, "charges": [charge]})["subscription"]
    use(world, "a")
    again = subscribe(world)["subscription"]

    world.travel_to("2024-04-01T10:00:00Z")
    world.run_clock()

    assert again["lago_id"] == made["lago_id"]
    assert (made["plan"]["code"], made["plan"]["parent_id"]) == ("basic", plan["lago_id"])
    assert fees(world) == [[("basic", "1.0", 6200), ("requests", "1.0", 500)]]
    shared = world.get("/plans/basic")["plan"]
    assert (shared["amount_cents"], shared["charges"][0]["properties"]) == (3100, {"amount": "1"})


def test_prices_can_become_a_customers_own_while_it_is_subscribed(world, plan):
    subscribe(world)
    use(world, "a")
    charge = {"id": plan["charges"][0]["lago_id"], "properties": {"amount": "2"}}
    world.put("/subscriptions/sub", {"subscription": {"plan_overrides": {"charges": [charge]}}})
    own = world.put("/subscriptions/sub", {"subscription": {"plan_overrides": {"amount_cents": 310}}})["subscription"]

    world.travel_to("2024-04-01T10:00:00Z")
    world.run_clock()

    assert fees(world) == [[("basic", "1.0", 310), ("requests", "1.0", 200)]]
    assert own["plan_amount_cents"] == 310
    assert Plan.objects.count() == 2
    assert world.get("/subscriptions?plan_code=basic")["meta"]["total_count"] == 1


@pytest.mark.parametrize(
    ("_case", "overrides", "status"),
    [
        ("a negative amount", {"amount_cents": -1}, 422),
        ("a currency that is none", {"amount_currency": "XXY"}, 422),
        ("a charge that is none", {"charges": [{"id": "2b7e1516-28ae-4d2a-abf7-158809cf4f3c"}]}, 404),
        ("a price that is none", {"charges": [{"code": "requests", "properties": {"amount": "free"}}]}, 422),
        ("no object", [1], 422),
    ],
)
@pytest.mark.usefixtures("plan")
def test_overrides_that_are_none_are_refused_and_make_nothing(world, _case, overrides, status):
    before = Activity.objects.count()

    subscribe(world, status=status, plan_overrides=overrides)

    assert (Activity.objects.count(), Plan.objects.count()) == (before, 1)
    world.get("/customers/cust", status=404)


@pytest.mark.usefixtures("plan")
def test_deleting_a_plan_ends_its_subscriptions_with_a_last_invoice(world):
    subscribe(world, plan_overrides={"amount_cents": 6200})
    world.travel_to("2024-03-11T10:00:00Z")

    answer = world.delete("/plans/basic")["plan"]
    subscribe(world, status=404, external_id="other")
    world.run_clock()

    assert answer["pending_deletion"]
    world.get("/plans/basic", status=404)
    assert world.get("/subscriptions/sub?status=terminated")["subscription"]["plan_code"] == "basic"
    assert fees(world) == [[("basic", "1.0", 2200)]]


@pytest.mark.usefixtures("plan")
def test_deleting_a_customer_ends_what_it_has_and_leaves_no_draft(world):
    settings = {"external_id": "cust", "currency": "EUR", "billing_configuration": {"invoice_grace_period": 5}}
    world.post("/customers", {"customer": settings})
    subscribe(world)
    subscribe(world, external_id="later", subscription_at="2024-05-01T00:00:00Z")
    world.travel_to("2024-04-01T10:00:00Z")
    world.run_clock()

    world.delete("/customers/cust")
    world.run_clock()

    assert sorted(Invoice.objects.values_list("status", "fees_amount_cents")) == [
        ("finalized", 103), ("finalized", 3100),
    ]  # fmt: skip
    assert world.get("/subscriptions?status[]=canceled")["meta"]["total_count"] == 1


@pytest.mark.usefixtures("plan")
def test_a_coming_end_is_told_45_and_15_days_before_and_once_more_when_it_moves(world):
    subscribe(world, ending_at="2024-05-31T00:00:00Z")
    days = []
    for today in ("2024-04-10", "2024-04-17", "2024-04-18", "2024-05-16", "2024-05-17"):
        world.travel_to(f"{today}T10:00:00Z")
        world.run_clock()
        days.append(Activity.objects.filter(type="subscription.termination_alert").count())

    world.put("/subscriptions/sub", {"subscription": {"ending_at": "2024-06-10T00:00:00Z"}})
    world.run_clock()

    assert days == [0, 1, 1, 2, 2]
    assert Activity.objects.filter(type="subscription.termination_alert").count() == 3


@pytest.mark.usefixtures("plan")
def test_a_subscription_can_be_invoiced_by_another_entity_under_its_own_taxes(world):
    other = BillingEntity.objects.get()
    other.pk, other.lago_id, other.code, other.is_default = None, uuid.uuid4(), "other", False
    other.save(force_insert=True)
    subscribe(world, billing_entity_code="other", purchase_order_number="PO-1")
    subscribe(world, external_id="second")
    subscribe(world, external_id="third", status=404, billing_entity_code="none")

    world.travel_to("2024-04-01T10:00:00Z")
    world.run_clock()

    invoices = world.get("/invoices?external_customer_id=cust")["invoices"]
    assert sorted((row["billing_entity_code"], row["purchase_order_number"]) for row in invoices) == [
        ("default", None), ("other", "PO-1"),
    ]  # fmt: skip


def test_an_invoice_shows_the_period_of_the_plan_though_a_trial_takes_days_off_it(world):
    plan = {"name": "Pro", "code": "pro", "interval": "monthly", "amount_cents": 3000, "amount_currency": "EUR"}
    for code, in_advance in (("pro", True), ("late", False)):
        terms = {"code": code, "pay_in_advance": in_advance, "trial_period": 45}
        world.post("/plans", {"plan": plan | terms})
        world.post("/customers", {"customer": {"external_id": code, "currency": "EUR"}})
        world.post(
            "/subscriptions", {"subscription": {"external_customer_id": code, "external_id": code, "plan_code": code}}
        )
    for day in ("2024-04-01", "2024-04-19", "2024-05-01"):
        world.travel_to(f"{day}T13:00:00+00:00")
        world.run_clock()

    def shown(code):
        found = []
        for row in reversed(world.get(f"/invoices?external_customer_id={code}")["invoices"]):
            invoice = world.get(f"/invoices/{row['lago_id']}")["invoice"]
            (period,) = invoice["billing_periods"]
            times = (period["subscription_from_datetime"][:10], period["subscription_to_datetime"][:10])
            found.append((*times, [(fee["from_date"][:10], fee["amount_cents"]) for fee in invoice["fees"]]))
        return found

    assert shown("pro") == [
        ("2024-04-01", "2024-04-30", []),
        ("2024-04-01", "2024-04-30", [("2024-04-01", 1200)]),
        ("2024-05-01", "2024-05-31", [("2024-05-01", 3000)]),
    ]
    assert shown("late") == [("2024-03-05", "2024-03-31", []), ("2024-04-01", "2024-04-30", [("2024-04-01", 1200)])]


def test_a_last_invoice_shows_what_was_paid_in_advance_from_the_day_on_which_it_began(world):
    plan = {"name": "Pro", "code": "pro", "interval": "yearly", "amount_cents": 36600, "amount_currency": "EUR"}
    world.post("/plans", {"plan": plan | {"pay_in_advance": True, "bill_charges_monthly": True}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro"}
    world.post("/subscriptions", {"subscription": body})
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()
    world.travel_to("2024-04-10T10:00:00Z")
    world.delete("/subscriptions/sub")
    world.run_clock()

    keys = ("subscription_from_datetime", "subscription_to_datetime", "charges_from_datetime", "charges_to_datetime")
    shown = []
    for row in reversed(world.get("/invoices")["invoices"]):
        (period,) = world.get(f"/invoices/{row['lago_id']}")["invoice"]["billing_periods"]
        shown.append([period[key] for key in keys])
    assert shown[1:] == [
        ["2024-03-05T00:00:00Z", "2024-12-31T23:59:59Z", "2024-03-05T12:12:00Z", "2024-03-31T23:59:59Z"],
        ["2024-03-05T00:00:00Z", "2024-04-10T10:00:00Z", "2024-04-01T00:00:00Z", "2024-04-10T10:00:00Z"],
    ]
