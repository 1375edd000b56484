"""Events that are paid for at once, charges with a minimum, and prices in units of the company's own."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from billing_site.core.models import Activity
from invoicing import tasks
from invoicing.models import Fee, Invoice
from invoicing.services import pay_in_advance
from metering.models import BillableMetric
from metering.services import code_rules

MARCH = datetime(2024, 3, 5, 12, 12, tzinfo=UTC)


def subscribe(world, begin=None, **charge):
    metric = {
        "name": "Calls", "code": "calls", "aggregation_type": "sum_agg", "field_name": "n",
        "filters": [{"key": "cloud", "values": ["aws", "gcp"]}],
    }  # fmt: skip
    made = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    plan = {
        "name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR",
        "pay_in_advance": False,
        "charges": [
            {"billable_metric_id": made["lago_id"], "charge_model": "standard", "properties": {"amount": "1"}} | charge
        ],
    }  # fmt: skip
    world.post("/plans", {"plan": plan})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan"}
    world.post("/subscriptions", {"subscription": body | {"subscription_at": begin} if begin else body})


def send(world, *events):
    rows = [
        {"transaction_id": mark, "code": "calls", "external_subscription_id": "sub", "properties": properties}
        for mark, properties in events
    ]
    world.post("/events/batch", {"events": rows})
    world.run_clock()


def test_an_event_is_billed_once_however_often_it_is_told(world):
    subscribe(world, pay_in_advance=True)
    send(world, ("a", {"n": 3}), ("b", {"n": 4}))
    told = Activity.objects.get(type="events.received")

    tasks.bill_events(told, now=MARCH)

    assert list(Fee.objects.order_by("id").values_list("event_transaction_id", "amount_cents")) == [
        ("a", 300), ("b", 400),
    ]  # fmt: skip
    assert list(Invoice.objects.values_list("status", "total_amount_cents")) == [("finalized", 300), ("finalized", 400)]
    fee = Fee.objects.first()
    fee.pk, fee.lago_id, fee.invoice = None, told.lago_id, None
    with pytest.raises(IntegrityError), transaction.atomic():
        fee.save(force_insert=True)


def test_an_estimate_leaves_nothing_behind(world):
    subscribe(world, pay_in_advance=True)

    event = {"code": "calls", "external_subscription_id": "sub", "properties": {"n": 5, "cloud": "aws"}}
    fees = world.post("/events/estimate_fees", {"event": event})["fees"]

    assert [(fee["lago_id"], fee["amount_cents"]) for fee in fees] == [(None, 500)]
    assert (Fee.objects.count(), Invoice.objects.count()) == (0, 0)
    assert world.get("/events")["events"] == []
    send(world, ("a", {"n": 5}))
    assert Fee.objects.get().amount_cents == 500


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        ({"code": "calls", "external_subscription_id": "none"}, 404, "subscription_not_found"),
        ({"code": "none", "external_subscription_id": "sub"}, 404, "billable_metric_not_found"),
        ({"external_subscription_id": "sub"}, 422, "validation_errors"),
    ],
)
def test_an_estimate_says_what_it_lacks(world, event, status, code):
    subscribe(world, pay_in_advance=True)

    assert world.post("/events/estimate_fees", {"event": event}, status)["code"] == code


def test_a_fee_that_stands_alone_is_paid_or_deleted_and_not_made_again(world):
    subscribe(world, pay_in_advance=True, invoiceable=False)
    send(world, ("a", {"n": 3}), ("b", {"n": 4}))
    paid, other = world.get("/fees?external_customer_id=cust")["fees"]

    answer = world.put(f"/fees/{paid['lago_id']}", {"fee": {"payment_status": "succeeded"}})["fee"]
    world.put(f"/fees/{paid['lago_id']}", {"fee": {"payment_status": "lost"}}, 422)
    world.delete(f"/fees/{other['lago_id']}")
    tasks.bill_events(Activity.objects.get(type="events.received"), now=MARCH)

    assert (answer["payment_status"], answer["succeeded_at"]) == ("succeeded", "2024-03-05T12:12:00Z")
    assert [fee["lago_id"] for fee in world.get("/fees?payment_status=succeeded")["fees"]] == [paid["lago_id"]]
    assert Fee.objects.count() == 2
    told = Activity.objects.filter(type__startswith="fee.").order_by("id").values_list("type", flat=True)
    assert list(told) == ["fee.created", "fee.created", "fee.updated", "fee.deleted"]


def test_a_fee_on_an_invoice_is_neither_deleted_nor_paid_by_itself(world):
    subscribe(world, pay_in_advance=True)
    send(world, ("a", {"n": 3}))
    fee = world.get("/fees")["fees"][0]["lago_id"]

    assert world.delete(f"/fees/{fee}", 405)["code"] == "invoiced_fee"
    assert world.put(f"/fees/{fee}", {"fee": {"payment_status": "failed"}}, 405)["code"] == "invoiced_fee"


def test_a_charge_is_lifted_to_its_minimum_for_the_days_it_ran(world):
    prices = [{"values": {"cloud": ["aws"]}, "properties": {"amount": "2"}}]
    subscribe(world, min_amount_cents=31_00, filters=prices)
    send(world, ("a", {"n": 3, "cloud": "aws"}))
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()

    fees = world.get("/fees?fee_type=charge")["fees"]

    # 27 of 31 days: 27.00 at least, of which 6.00 were used; what no filter takes bears the difference.
    assert [(fee["amount_cents"], fee["units"], bool(fee["lago_true_up_parent_fee_id"])) for fee in fees] == [
        (600, "3.0", False), (0, "0.0", False), (2100, "1.0", True),
    ]  # fmt: skip
    assert fees[2]["lago_true_up_parent_fee_id"] == fees[1]["lago_id"]
    assert fees[1]["lago_true_up_fee_id"] == fees[2]["lago_id"]


def test_a_price_in_a_unit_of_the_companys_own_is_converted(world):
    unit = {"code": "credits", "name": "Credits", "short_name": "CR"}
    world.post("/pricing_units", {"pricing_unit": unit})
    assert world.post("/pricing_units", {"pricing_unit": unit}, 422)["error_details"] == {
        "code": ["value_already_exist"]
    }
    assert world.put("/pricing_units/credits", {"pricing_unit": {"name": "Coins"}})["pricing_unit"]["name"] == "Coins"
    subscribe(world, properties={"amount": "0.015"}, applied_pricing_unit={"code": "credits", "conversion_rate": "0.5"})
    send(world, ("a", {"n": 3}))

    usage = world.get("/customers/cust/current_usage?external_subscription_id=sub")["customer_usage"]
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    fee = world.get("/fees?fee_type=charge")["fees"][0]

    # 0.045 credits are 0.05, and those 0.025 euros.
    assert usage["charges_usage"][0]["pricing_unit_details"] == {
        "amount_cents": 5, "short_name": "CR", "conversion_rate": "0.5",
    }  # fmt: skip
    assert (fee["amount_cents"], fee["pricing_unit_details"]["amount_cents"]) == (3, 5)


def test_a_fee_explains_itself_down_to_its_events(world):
    subscribe(world)
    send(world, ("a", {"n": 3}), ("b", {"n": 4}))
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    fee = world.get("/fees?fee_type=charge")["fees"][0]

    explanation = world.get(f"/fees/{fee['lago_id']}/explain")["explanation"]

    assert explanation["quantity"]["units"] == "7.0"
    assert [event["transaction_id"] for event in explanation["events"]] == ["a", "b"]


def test_a_fee_of_a_filter_names_the_events_that_it_took(world):
    prices = [
        {"values": {"cloud": ["aws"]}, "properties": {"amount": "2"}},
        {"values": {"cloud": ["__ALL_FILTER_VALUES__"]}, "properties": {"amount": "3"}},
    ]
    subscribe(world, filters=prices)
    send(world, ("a", {"n": 3, "cloud": "aws"}), ("b", {"n": 4, "cloud": "gcp"}), ("c", {"n": 5, "cloud": "none"}))
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()

    fees = world.get("/fees?fee_type=charge")["fees"]
    explained = [world.get(f"/fees/{fee['lago_id']}/explain")["explanation"]["events"] for fee in fees]

    names = [[event["transaction_id"] for event in events] for events in explained]
    assert sorted(zip([fee["amount_cents"] for fee in fees], names, strict=True)) == [
        (500, ["c"]), (600, ["a"]), (1200, ["b"]),
    ]  # fmt: skip


def test_an_event_is_stored_and_told_or_neither(world, monkeypatch):
    subscribe(world, pay_in_advance=True)
    body = {"transaction_id": "a", "code": "calls", "external_subscription_id": "sub", "properties": {"n": 3}}
    code_rules._special.clear()

    def crash(*_args, **_options):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr("metering.services.announcements.activity.record", crash)
        with pytest.raises(SystemExit):
            world.post("/events", {"event": body})
    assert world.get("/events")["events"] == []

    world.post("/events", {"event": body})
    world.run_clock()
    assert Fee.objects.get().amount_cents == 300


def test_a_code_that_comes_to_be_paid_at_once_is_told_from_the_next_event_on(world):
    subscribe(world)
    event = {"code": "calls", "external_subscription_id": "sub", "properties": {"n": 3}}
    world.post("/events", {"event": event | {"transaction_id": "a"}})
    BillableMetric.objects.update(is_paid_at_once=True)

    world.post("/events", {"event": event | {"transaction_id": "b"}})

    assert [len(row.details["events"]) for row in Activity.objects.filter(type="events.received")] == [1]


def test_one_broken_subscription_holds_up_no_other(world, monkeypatch):
    subscribe(world, pay_in_advance=True)
    body = {"external_customer_id": "cust", "external_id": "other", "plan_code": "plan"}
    world.post("/subscriptions", {"subscription": body})
    build = pay_in_advance.usage_fees.build_for_event

    def build_some(item, now):
        if item.charged.subscription.external_id == "sub":
            raise ValueError("no price")
        return build(item, now)

    with monkeypatch.context() as broken:
        broken.setattr(pay_in_advance.usage_fees, "build_for_event", build_some)
        rows = [
            {"transaction_id": mark, "code": "calls", "external_subscription_id": mark, "properties": {"n": 3}}
            for mark in ("sub", "other")
        ]
        world.post("/events/batch", {"events": rows})
        world.run_clock()
    told = Activity.objects.get(type="events.received")
    assert list(Fee.objects.values_list("event_transaction_id", flat=True)) == ["other"]
    assert told.state == "pending"
    assert "sub: ValueError: no price" in told.last_error

    tasks.bill_events(told, now=MARCH)
    assert sorted(Fee.objects.values_list("event_transaction_id", flat=True)) == ["other", "sub"]


TIERS = [
    {"from_value": 0, "to_value": 10, "per_unit_amount": "2", "flat_amount": "1"},
    {"from_value": 11, "to_value": None, "per_unit_amount": "1.5", "flat_amount": "3"},
]


def test_events_that_come_late_go_on_from_what_has_been_paid(world):
    prices = {"graduated_ranges": TIERS}
    subscribe(world, begin="2024-03-01", pay_in_advance=True, charge_model="graduated", properties=prices)
    for mark, days, units in (("a", 0, 4), ("b", 2, 8), ("c", 1, 2)):
        event = {"transaction_id": mark, "code": "calls", "external_subscription_id": "sub",
                 "timestamp": int(MARCH.timestamp()) - days * 86_400, "properties": {"n": units}}  # fmt: skip
        world.post("/events", {"event": event})
        world.run_clock()

    # 4 at 2.00 and the first flat 1.00; then 6 at 2.00, 2 at 1.50 and 3.00; then 2 at 1.50
    assert list(Fee.objects.order_by("id").values_list("amount_cents", flat=True)) == [900, 1800, 300]


def test_an_event_that_fills_up_to_an_earlier_peak_is_free_and_shows_its_units(world):
    subscribe(world, pay_in_advance=True, invoiceable=False)
    send(world, ("a", {"n": 10}), ("b", {"n": -6}), ("c", {"n": 2}), ("d", {"n": 5}))

    fees = Fee.objects.order_by("id").values_list("units", "amount_cents", "total_aggregated_units")
    assert list(fees) == [(10, 1000, 10), (0, 0, 4), (2, 0, 6), (1, 100, 11)]
