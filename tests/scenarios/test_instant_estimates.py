"""What an event would cost by itself, told before it is sent."""

import pytest

from invoicing.models import Fee
from tests.scenarios.test_charges_in_advance import send, subscribe

PERCENTAGE = {
    "pay_in_advance": True, "charge_model": "percentage",
    "properties": {
        "rate": "10", "fixed_amount": "0.5", "free_units_per_events": 3, "per_transaction_min_amount": "1",
        "per_transaction_max_amount": "20",
    },
}  # fmt: skip


def estimated(world, event, status=200):
    return world.post("/events/estimate_instant_fees", {"event": {"external_subscription_id": "sub", **event}}, status)


@pytest.mark.parametrize(
    ("_case", "n", "units", "amount_cents"),
    [
        ("a share and the fixed amount", 40, "40.0", 450),
        ("written as text", "40", "40.0", 450),
        ("never below the lowest price", 1, "1.0", 100),
        ("never above the highest", 1000, "1000.0", 2000),
        ("less than nothing costs nothing", -5, "0.0", 0),
        ("no number, no units", "many", "0.0", 100),
    ],
)
def test_a_percentage_is_taken_of_the_event_alone(world, _case, n, units, amount_cents):
    subscribe(world, **PERCENTAGE)
    send(world, ("before", {"n": 7}))

    [fee] = estimated(world, {"code": "calls", "transaction_id": "t", "properties": {"n": n}})["fees"]

    assert (fee["units"], fee["amount_cents"], fee["event_transaction_id"]) == (units, amount_cents, "t")
    assert Fee.objects.count() == 1


def test_the_price_is_that_of_the_filter_that_takes_the_event(world):
    aws = {"values": {"cloud": ["aws"]}, "properties": {"amount": "3"}, "invoice_display_name": "On AWS"}
    subscribe(world, pay_in_advance=True, invoiceable=False, filters=[aws])

    [fee] = estimated(world, {"code": "calls", "properties": {"n": 1.5, "cloud": "aws"}})["fees"]
    [other] = estimated(world, {"code": "calls", "properties": {"n": 1.5, "cloud": "gcp"}})["fees"]

    assert (fee["amount_cents"], fee["invoiceable"], fee["precise_unit_amount"]) == (450, False, "3.0")
    assert (fee["item"]["filters"], fee["item"]["filter_invoice_display_name"]) == ({"cloud": ["aws"]}, "On AWS")
    assert (other["amount_cents"], other["lago_charge_filter_id"], other["item"]["filters"]) == (150, None, None)
    assert other["event_transaction_id"]


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_each_event_of_a_batch_is_priced_by_itself(world, is_wrapped):
    subscribe(world, **PERCENTAGE)
    events = [
        {"code": code, "external_subscription_id": "sub", "properties": {"n": n}}
        for code, n in (("calls", 40), ("others", 1), ("calls", 50))
    ]

    body = {"events": [{"event": event} for event in events] if is_wrapped else events}
    fees = world.post("/events/batch_estimate_instant_fees", body)["fees"]

    assert [fee["amount_cents"] for fee in fees] == [450, 550]


@pytest.mark.parametrize(
    ("charge", "event", "status", "code"),
    [
        (PERCENTAGE, {"external_subscription_id": "none", "code": "calls"}, 404, "subscription_not_found"),
        (PERCENTAGE, {"code": "none"}, 422, "validation_errors"),
        (PERCENTAGE, {"properties": {"n": 1}}, 422, "validation_errors"),
        ({"pay_in_advance": False}, {"code": "calls"}, 422, "validation_errors"),
        (
            {"pay_in_advance": True, "charge_model": "package",
             "properties": {"amount": "1", "package_size": 2, "free_units": 0}},
            {"code": "calls"}, 422, "validation_errors",
        ),
    ],
)  # fmt: skip
def test_an_estimate_says_what_it_lacks(world, charge, event, status, code):
    subscribe(world, **charge)

    assert estimated(world, event, status)["code"] == code


def test_a_batch_says_which_events_are_wrong(world):
    subscribe(world, **PERCENTAGE)
    good = {"code": "calls", "external_subscription_id": "sub"}

    answer = world.post("/events/batch_estimate_instant_fees", {"events": [good, {**good, "code": None}]}, 422)
    empty = world.post("/events/batch_estimate_instant_fees", {"events": []}, 422)

    assert answer["error_details"] == {"1": {"code": ["value_is_mandatory"]}}
    assert empty["error_details"] == {"events": ["no_events"]}
