"""What a change would bill, seen before it is made; what was billed, seen after."""

import pytest

from billing_site.core.models import Activity
from invoicing.models import Invoice


@pytest.fixture
def subscribed(world):
    """In advance 31.00 a month since 1 March; it is the 11th."""
    world.travel_to("2024-03-01T10:00:00Z")
    metric = {"name": "Requests", "code": "requests", "aggregation_type": "count_agg"}
    metric = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    charge = {"billable_metric_id": metric["lago_id"], "charge_model": "standard", "properties": {"amount": "1"}}
    for code, cents in (("basic", 3100), ("large", 6200), ("small", 310)):
        body = {
            "code": code, "name": code, "interval": "monthly", "amount_cents": cents, "amount_currency": "EUR",
            "pay_in_advance": True, "charges": [charge],
        }  # fmt: skip
        world.post("/plans", {"plan": body})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "basic"}
    world.post("/subscriptions", {"subscription": body})
    world.run_clock()
    for mark in "ab":
        event = {"transaction_id": mark, "code": "requests", "external_subscription_id": "sub"}
        world.post("/events", {"event": event})
    world.travel_to("2024-03-11T10:00:00Z")


def preview(world, status=200, **body):
    return world.post("/subscriptions/sub/preview_change", {"subscription": body}, status=status).get("preview_change")


@pytest.mark.usefixtures("subscribed")
@pytest.mark.parametrize(
    ("_case", "body", "at", "fees", "unused"),
    [
        ("an upgrade", {"plan_code": "large"}, "2024-03-11T10:00:00Z", [200, 4200], (21, "2100.0")),
        ("without proration", {"plan_code": "large", "plan_change": {"at": "now", "prorate": False}},
            "2024-03-11T10:00:00Z", [200], None),
        ("a downgrade", {"plan_code": "small"}, "2024-04-01T00:00:00Z", [200, 310], None),
        ("an end", {}, "2024-03-11T10:00:00Z", [200], (20, "2000.0")),
        ("an end without a credit note", {"on_termination_credit_note": "skip"}, "2024-03-11T10:00:00Z", [200], None),
        ("an end without an invoice", {"on_termination_invoice": "skip"}, "2024-03-11T10:00:00Z", [], (20, "2000.0")),
    ],
)  # fmt: skip
def test_a_preview_shows_what_would_be_billed_and_credited_and_changes_nothing(world, _case, body, at, fees, unused):
    before = (Activity.objects.count(), Invoice.objects.count())

    shown = preview(world, **body)

    credit = shown["unused"]
    assert shown["at"] == at
    assert [fee["amount_cents"] for invoice in shown["invoices"] for fee in invoice["fees"]] == fees
    assert (credit and (credit["days"], credit["precise_amount_cents"])) == unused
    assert (Activity.objects.count(), Invoice.objects.count()) == before
    assert world.get("/subscriptions/sub")["subscription"]["plan_code"] == "basic"


@pytest.mark.usefixtures("subscribed")
def test_a_preview_of_what_cannot_be_is_refused_as_the_thing_itself(world):
    preview(world, status=404, plan_code="none")
    preview(world, status=422, plan_code="large", plan_change={"at": "2024-03-01"})
    world.post("/subscriptions/none/preview_change", {"subscription": {}}, status=404)


@pytest.mark.usefixtures("subscribed")
def test_past_usage_is_what_was_billed(world):
    world.travel_to("2024-05-01T10:00:00Z")
    world.run_clock()

    past = world.get("/customers/cust/past_usage?external_subscription_id=sub")
    newest = world.get("/customers/cust/past_usage?external_subscription_id=sub&periods_count=1")

    assert [(row["from_datetime"], row["amount_cents"]) for row in past["usage_periods"]] == [
        ("2024-04-01T00:00:00Z", 0), ("2024-03-01T10:00:00Z", 200),
    ]  # fmt: skip
    assert past["usage_periods"][1]["charges_usage"][0]["units"] == "2.0"
    assert (past["meta"]["total_count"], newest["meta"]["total_count"]) == (2, 1)
    world.get("/customers/cust/past_usage?external_subscription_id=sub&periods_count=x", status=422)
    world.get("/customers/cust/past_usage", status=404)
