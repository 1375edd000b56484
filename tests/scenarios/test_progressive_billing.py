"""Usage that is billed when it reaches a threshold, and what is left of it when its period is billed."""

import io
import json

import pytest
from django.utils import timezone
from pypdf import PdfReader

from billing_site import books
from billing_site.core.models import Activity
from invoicing.models import Invoice
from invoicing.services import documents
from webhooks import catalogue

CENT = {"charge_model": "standard", "properties": {"amount": "0.01"}}


@pytest.fixture
def metered(world):
    """A plan of 31.00 with a charge of a cent for each unit, a threshold of 10.00, and a customer who has it."""
    metric = {"name": "Units", "code": "units", "aggregation_type": "sum_agg", "field_name": "n"}
    world.metric = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]["lago_id"]
    plan = {
        "name": "Metered", "code": "metered", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR",
        "charges": [{"billable_metric_id": world.metric, **CENT}], "usage_thresholds": [{"amount_cents": 1000}],
    }  # fmt: skip
    world.post("/plans", {"plan": plan})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    subscribe(world)


def subscribe(world, external_id="sub", **fields):
    body = {"external_customer_id": "cust", "external_id": external_id, "plan_code": "metered", **fields}
    return world.post("/subscriptions", {"subscription": body})["subscription"]


def use(world, cents, name="sub", code="units"):
    world.count = getattr(world, "count", 0) + 1
    event = {
        "transaction_id": f"e{world.count}", "external_subscription_id": name, "code": code, "properties": {"n": cents}
    }  # fmt: skip
    world.post("/events", {"event": event})
    world.run_clock()


def at(world, day):
    world.travel_to(f"{day}T12:00:00+00:00")
    world.run_clock()


def invoices(world, kind):
    """Return the whole invoices of a kind, the oldest first."""
    found = world.get(f"/invoices?invoice_type={kind}&per_page=50")["invoices"]
    return [world.get(f"/invoices/{row['lago_id']}")["invoice"] for row in reversed(found)]


def progressive(world):
    return [row["total_amount_cents"] for row in invoices(world, "progressive_billing")]


def notes(world):
    return [row["total_amount_cents"] for row in world.get("/credit_notes")["credit_notes"]]


def printed(invoice):
    pages = PdfReader(io.BytesIO(documents.preview(Invoice.objects.get(lago_id=invoice["lago_id"])))).pages
    return " ".join(pages[0].extract_text().split())


def proven():
    assert books.audit_books(now=timezone.now()) == []


@pytest.mark.usefixtures("metered")
def test_the_invoice_says_what_was_reached_and_the_last_one_what_was_billed_before(world):
    use(world, 1200)
    at(world, "2024-04-01")

    early, last = *invoices(world, "progressive_billing"), *invoices(world, "subscription")
    [reached] = early["applied_usage_thresholds"]
    assert (early["status"], early["total_amount_cents"], early["progressive_billing_credit_amount_cents"]) == (
        "finalized",
        1200,
        0,
    )
    assert reached["lifetime_usage_amount_cents"] == 1200
    assert (reached["usage_threshold"]["amount_cents"], reached["usage_threshold"]["recurring"]) == (1000, False)
    assert early["billing_periods"][0]["invoicing_reason"] == "progressive_billing"
    assert "applied_usage_thresholds" not in last
    [credit] = last["credits"]
    assert (credit["amount_cents"], credit["before_taxes"]) == (1200, True)
    assert credit["item"] == {
        "lago_item_id": early["lago_id"],
        "type": "invoice",
        "code": early["number"],
        "name": early["number"],
        "description": None,
    }
    assert last["total_amount_cents"] == last["fees_amount_cents"] - 1200
    assert "Usage to date €12.00" in printed(early)
    assert "Usage billed before -€12.00" in printed(last)
    [told] = catalogue.read(list(Activity.objects.filter(type="subscription.usage_threshold_reached")))
    assert told.body["subscription"]["usage_threshold"] == reached["usage_threshold"]
    assert told.body["subscription"]["applicable_usage_thresholds"][0]["amount_cents"] == 1000
    proven()


@pytest.mark.usefixtures("metered")
def test_looking_again_bills_nothing_again(world):
    use(world, 1200)
    world.run_clock()
    use(world, 5)
    world.put("/plans/metered", {"plan": {"usage_thresholds": [{"amount_cents": 1000}, {"amount_cents": 5000}]}})
    world.run_clock()

    assert progressive(world) == [1200]


@pytest.mark.usefixtures("metered")
def test_days_of_grace_are_for_the_last_invoice_alone(world):
    grace = {"external_id": "cust", "billing_configuration": {"invoice_grace_period": 3}}
    world.post("/customers", {"customer": grace})
    use(world, 1200)
    at(world, "2024-04-01")
    [draft] = invoices(world, "subscription")
    late = {"transaction_id": "late", "external_subscription_id": "sub", "code": "units", "timestamp": "1711800000",
            "properties": {"n": 300}}  # fmt: skip
    world.post("/events", {"event": late})
    at(world, "2024-04-05")
    [last] = invoices(world, "subscription")

    assert progressive(world) == [1200]
    assert (draft["status"], draft["progressive_billing_credit_amount_cents"]) == ("draft", 1200)
    assert (last["status"], last["progressive_billing_credit_amount_cents"]) == ("finalized", 1200)
    assert last["fees_amount_cents"] == draft["fees_amount_cents"] + 300
    proven()


@pytest.mark.usefixtures("metered")
def test_what_was_billed_too_much_is_given_back_with_its_taxes_and_pays_the_same_invoice(world):
    world.post("/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20, "applied_to_organization": True}})
    use(world, 1200)
    use(world, -900)
    at(world, "2024-04-01")

    [early], [last] = invoices(world, "progressive_billing"), invoices(world, "subscription")
    plan_fee = last["fees_amount_cents"] - 300
    assert early["total_amount_cents"] == 1440
    assert last["progressive_billing_credit_amount_cents"] == 300
    assert notes(world) == [1080]
    assert last["credit_notes_amount_cents"] == 1080
    assert last["total_amount_cents"] == plan_fee * 120 // 100 - 1080
    note = world.get("/credit_notes")["credit_notes"][0]
    assert (note["reason"], note["credit_status"], note["lago_invoice_id"]) == ("other", "consumed", early["lago_id"])
    proven()


@pytest.mark.usefixtures("metered")
def test_more_than_the_newest_invoice_asked_for_comes_from_those_before(world):
    items = [{"amount_cents": 1000}, {"amount_cents": 2000}]
    world.put("/plans/metered", {"plan": {"amount_cents": 0, "usage_thresholds": items}})
    for cents in (1200, 900, -2000):
        use(world, cents)
    at(world, "2024-04-01")

    [last] = invoices(world, "subscription")
    assert progressive(world) == [1200, 900]
    assert last["progressive_billing_credit_amount_cents"] == last["fees_amount_cents"] == 100
    assert sorted(notes(world)) == [900, 1100]
    proven()


@pytest.mark.usefixtures("metered")
def test_coupons_count_and_what_they_took_off_is_not_taken_off_again(world):
    coupon = {"name": "Ten", "code": "ten", "coupon_type": "percentage", "percentage_rate": "10",
              "frequency": "forever", "expiration": "no_expiration"}  # fmt: skip
    world.post("/coupons", {"coupon": coupon})
    world.post("/applied_coupons", {"applied_coupon": {"external_customer_id": "cust", "coupon_code": "ten"}})
    items = [{"amount_cents": 1000}, {"amount_cents": 2000}]
    world.put("/plans/metered", {"plan": {"amount_cents": 0, "usage_thresholds": items}})
    use(world, 1000)
    use(world, 1000)
    at(world, "2024-04-01")

    first, second = invoices(world, "progressive_billing")
    [last] = invoices(world, "subscription")
    assert [first["coupons_amount_cents"], first["total_amount_cents"]] == [100, 900]
    assert [second["progressive_billing_credit_amount_cents"], second["coupons_amount_cents"]] == [900, 110]
    assert last["progressive_billing_credit_amount_cents"] == 1890
    assert last["total_amount_cents"] == 99
    proven()


@pytest.mark.usefixtures("metered")
def test_an_end_within_the_period_takes_off_what_was_billed(world):
    use(world, 1200)
    use(world, 100)
    world.delete("/subscriptions/sub")
    world.run_clock()

    [last] = invoices(world, "subscription")
    assert last["progressive_billing_credit_amount_cents"] == 1200
    assert [fee["amount_cents"] for fee in last["fees"] if fee["item"]["type"] == "charge"] == [1300]
    proven()


@pytest.mark.usefixtures("metered")
def test_prices_of_ones_own_in_between_take_off_what_was_billed_at_the_shared_ones(world):
    use(world, 1200)
    charge = {"properties": {"amount": "0.02"}}
    world.put("/subscriptions/sub/charges/units", {"charge": charge})
    at(world, "2024-04-01")

    [last] = invoices(world, "subscription")
    assert [fee["amount_cents"] for fee in last["fees"] if fee["item"]["type"] == "charge"] == [2400]
    assert last["progressive_billing_credit_amount_cents"] == 1200
    assert notes(world) == []
    proven()


@pytest.mark.usefixtures("metered")
def test_who_has_switched_it_off_is_billed_at_the_end_until_it_is_on_again(world):
    world.put("/subscriptions/sub", {"subscription": {"progressive_billing_disabled": True}})
    use(world, 1200)
    off = progressive(world)
    world.put("/subscriptions/sub", {"subscription": {"progressive_billing_disabled": False}})
    world.run_clock()

    assert (off, progressive(world)) == ([], [1200])


@pytest.mark.usefixtures("metered")
def test_usage_paid_at_once_counts_and_reaches_a_threshold_once(world):
    calls = {"name": "Calls", "code": "calls", "aggregation_type": "sum_agg", "field_name": "n"}
    metric = world.post("/billable_metrics", {"billable_metric": calls})["billable_metric"]["lago_id"]
    at_once = {"billable_metric_id": metric, "pay_in_advance": True, **CENT}
    world.post("/plans/metered/charges", {"charge": at_once})
    use(world, 600, code="calls")
    use(world, 300)
    before = progressive(world)
    use(world, 150)
    use(world, 20)
    use(world, 30, code="calls")
    usage = world.get("/subscriptions/sub/lifetime_usage")["lifetime_usage"]

    assert (before, progressive(world)) == ([], [450])
    assert (usage["invoiced_usage_amount_cents"], usage["current_usage_amount_cents"]) == (0, 1100)
    at(world, "2024-04-02")
    usage = world.get("/subscriptions/sub/lifetime_usage")["lifetime_usage"]
    assert (usage["invoiced_usage_amount_cents"], usage["current_usage_amount_cents"]) == (1100, 0)
    proven()


@pytest.mark.usefixtures("metered")
def test_usage_from_before_counts_towards_thresholds(world):
    path = "/subscriptions/sub/lifetime_usage"
    body = {"lifetime_usage": {"external_historical_usage_amount_cents": 700}}
    assert world.put(path, {"lifetime_usage": {}}, 422)["error_details"] == {
        "external_historical_usage_amount_cents": ["value_is_mandatory"]
    }
    assert world.get("/subscriptions/nobody/lifetime_usage", 404)["code"] == "subscription_not_found"
    shown = world.put(path, body)["lifetime_usage"]
    use(world, 299)
    before = progressive(world)
    use(world, 1)

    assert shown["external_historical_usage_amount_cents"] == 700
    assert shown["usage_thresholds"] == [{"amount_cents": 1000, "completion_ratio": 0.7, "reached_at": None}]
    assert (before, progressive(world)) == ([], [300])
    [reached] = world.get(path)["lifetime_usage"]["usage_thresholds"]
    assert (reached["completion_ratio"], reached["reached_at"]) == (1, "2024-03-05T12:12:00Z")


@pytest.mark.usefixtures("metered")
def test_a_life_goes_on_with_another_plan(world):
    world.put("/subscriptions/sub/lifetime_usage", {"lifetime_usage": {"external_historical_usage_amount_cents": 200}})
    use(world, 300)
    dear = {
        "name": "Dear", "code": "dear", "interval": "monthly", "amount_cents": 9000, "amount_currency": "EUR",
        "charges": [{"billable_metric_id": world.metric, **CENT}], "usage_thresholds": [{"amount_cents": 600}],
    }  # fmt: skip
    world.post("/plans", {"plan": dear})
    at(world, "2024-03-10")
    subscribe(world, plan_code="dear")
    world.run_clock()
    use(world, 100)

    usage = world.get("/subscriptions/sub/lifetime_usage")["lifetime_usage"]
    parts = ("external_historical_usage_amount_cents", "invoiced_usage_amount_cents", "current_usage_amount_cents")
    assert [usage[name] for name in parts] == [200, 300, 100]
    assert progressive(world) == [100]
    proven()


@pytest.mark.usefixtures("metered")
def test_one_that_was_taken_off_cannot_be_void_and_a_void_one_is_not_taken_off(world):
    use(world, 1200)
    [early] = invoices(world, "progressive_billing")
    world.post(f"/invoices/{early['lago_id']}/void", {})
    use(world, 10)
    _, again = invoices(world, "progressive_billing")
    at(world, "2024-04-01")

    assert (again["total_amount_cents"], again["progressive_billing_credit_amount_cents"]) == (1210, 0)
    [last] = invoices(world, "subscription")
    assert last["progressive_billing_credit_amount_cents"] == 1210
    assert world.post(f"/invoices/{again['lago_id']}/void", {}, 405)["code"] == "not_voidable"
    proven()


@pytest.mark.usefixtures("metered")
def test_what_lies_ahead_takes_off_what_was_billed(world):
    use(world, 1200)
    use(world, 50)

    [coming] = world.get("/customers/cust/upcoming_invoice")["upcoming_invoices"]

    assert coming["progressive_billing_credit_amount_cents"] == 1200
    assert coming["total_amount_cents"] == coming["fees_amount_cents"] - 1200


@pytest.mark.usefixtures("metered")
def test_groups_and_filters_are_taken_off_each_from_its_own(world):
    regions = {"name": "Data", "code": "data", "aggregation_type": "sum_agg", "field_name": "n",
               "filters": [{"key": "region", "values": ["eu", "us"]}]}  # fmt: skip
    metric = world.post("/billable_metrics", {"billable_metric": regions})["billable_metric"]["lago_id"]
    charge = {
        "billable_metric_id": metric, "charge_model": "standard",
        "properties": {"amount": "0.01", "pricing_group_keys": ["team"]},
        "filters": [{"values": {"region": ["us"]}, "properties": {"amount": "0.02"}}],
    }  # fmt: skip
    world.post("/plans/metered/charges", {"charge": charge})
    for number, (team, region, units) in enumerate(
        [("a", "eu", 500), ("b", "us", 400), ("b", "us", 100), ("c", "", 9)]
    ):
        properties = {"n": units, "team": team, "region": region}
        event = {"transaction_id": f"t{number}", "external_subscription_id": "sub", "code": "data",
                 "properties": properties}  # fmt: skip
        world.post("/events", {"event": event})
        if number == 1:
            world.run_clock()
    at(world, "2024-04-01")

    [last] = invoices(world, "subscription")
    taken = {
        json.dumps([fee["item"]["grouped_by"], fee["item"]["filters"]]): fee["precise_coupons_amount_cents"]
        for fee in last["fees"]
        if fee["item"]["code"] == "data"
    }
    assert progressive(world) == [1300]
    assert sorted(taken.values()) == ["0.0", "500.0", "800.0"]
    proven()
