"""Usage shown apart by properties that change no price: now, in the past, expected, on invoices and on documents."""

import json

import pytest

from invoicing.documents.context import invoice_page
from invoicing.models import Fee, Invoice
from invoicing.selectors import documents

KEYS = [{"value": "team", "options": {"display_in_invoice": True}}, {"value": "user"}]
EVENTS = [
    {"n": 3, "team": "red", "user": "ann"},
    {"n": 4, "team": "red", "user": "bob"},
    {"n": 5, "team": "blue", "user": "ann"},
    {"n": 1},
    {"n": 2, "team": "red", "user": "ann", "cloud": "aws"},
]


def prepared(world, properties=None, **charge):
    metric = {
        "name": "Calls", "code": "calls", "aggregation_type": "sum_agg", "field_name": "n",
        "filters": [{"key": "cloud", "values": ["aws", "gcp"]}],
    }  # fmt: skip
    made = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    body = {
        "billable_metric_id": made["lago_id"], "charge_model": "standard",
        "properties": {"amount": "1", "presentation_group_keys": KEYS} | (properties or {}),
    } | charge  # fmt: skip
    plan = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}
    world.post("/plans", {"plan": plan | {"pay_in_advance": False, "charges": [body]}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    subscription = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan"}
    world.post("/subscriptions", {"subscription": subscription})
    rows = [
        {"transaction_id": str(number), "code": "calls", "external_subscription_id": "sub", "properties": properties}
        for number, properties in enumerate(EVENTS)
    ]
    world.post("/events/batch", {"events": rows})
    world.run_clock()


def charge_usage(world, query="", of="current_usage"):
    answer = world.get(f"/customers/cust/{of}?external_subscription_id=sub{query}")
    [usage] = answer["customer_usage" if of == "current_usage" else "customer_projected_usage"]["charges_usage"]
    return usage


def parts(entry, name="presentation_breakdowns"):
    return [(part["presentation_by"], part["units"]) for part in entry[name]]


def test_current_usage_is_shown_by_all_keys(world):
    prepared(world)

    usage = charge_usage(world)

    assert (usage["units"], usage["amount_cents"]) == ("15.0", 1500)
    assert parts(usage) == [
        ({}, "1.0"),
        ({"team": "blue", "user": "ann"}, "5.0"),
        ({"team": "red", "user": "ann"}, "5.0"),
        ({"team": "red", "user": "bob"}, "4.0"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('filter_by_presentation=["team"]', [({}, "1.0"), ({"team": "blue"}, "5.0"), ({"team": "red"}, "9.0")]),
        ("filter_by_presentation[]=team", [({}, "1.0"), ({"team": "blue"}, "5.0"), ({"team": "red"}, "9.0")]),
        ("filter_by_presentation=[]", []),
        ('filter_by_presentation=["cloud"]', []),
    ],
)
def test_only_the_keys_that_are_asked_for_split_usage(world, query, expected):
    prepared(world)

    assert parts(charge_usage(world, f"&{query}")) == expected


@pytest.mark.parametrize("value", ["team", "[1]", "{}", '["team"'])
def test_what_is_no_list_of_keys_is_refused(world, value):
    prepared(world)

    address = f"/customers/cust/current_usage?external_subscription_id=sub&filter_by_presentation={value}"
    assert world.get(address, status=422)["error_details"] == {"filter_by_presentation": ["value_is_invalid"]}


def test_parts_stand_with_their_filter_and_their_group(world):
    aws = {"values": {"cloud": ["aws"]}, "properties": {"amount": "2", "pricing_group_keys": ["user"]}}
    prepared(world, {"pricing_group_keys": ["user"]}, filters=[aws])

    usage = charge_usage(world)

    assert parts(usage) == []
    by_filter = {json.dumps(entry["values"]): parts(entry) for entry in usage["filters"]}
    assert by_filter == {
        '{"cloud": ["aws"]}': [({"team": "red"}, "2.0")],
        "null": [
            ({}, "1.0"), ({"team": "blue"}, "5.0"), ({"team": "red"}, "3.0"), ({"team": "red"}, "4.0"),
        ],
    }  # fmt: skip
    by_group = {entry["grouped_by"]["user"]: parts(entry) for entry in usage["grouped_usage"]}
    assert by_group == {
        None: [({}, "1.0")],
        "ann": [({"team": "blue"}, "5.0"), ({"team": "red"}, "3.0")],
        "bob": [({"team": "red"}, "4.0")],
    }


def test_parts_are_projected_like_the_whole(world):
    prepared(world)
    world.travel_to("2024-03-07T09:00:00+00:00")  # the third of 27 days

    usage = charge_usage(world, '&filter_by_presentation=["team"]', of="projected_usage")

    assert parts(usage) == [({}, "1.0"), ({"team": "blue"}, "5.0"), ({"team": "red"}, "9.0")]
    assert parts(usage, "projected_presentation_breakdowns") == [
        ({}, "9.0"), ({"team": "blue"}, "45.0"), ({"team": "red"}, "81.0"),
    ]  # fmt: skip


def test_an_invoice_shows_what_is_to_be_displayed_and_past_usage_all(world):
    prepared(world)
    world.travel_to("2024-04-01T09:00:00+00:00")
    world.run_clock()

    invoice = world.get("/invoices")["invoices"][0]
    fees = world.get(f"/invoices/{invoice['lago_id']}")["invoice"]["fees"]
    [usage] = world.get("/customers/cust/past_usage?external_subscription_id=sub")["usage_periods"][0]["charges_usage"]

    shown = [({}, "1.0"), ({"team": "blue"}, "5.0"), ({"team": "red"}, "9.0")]
    assert [parts(fee) for fee in fees if fee["item"]["type"] == "charge"] == [shown]
    assert ({"team": "red", "user": "bob"}, "4.0") in parts(usage)
    assert len(parts(usage)) == 4
    [group] = invoice_page(documents.whole(Invoice.objects.get().pk)).groups
    [line] = [line for line in group.lines if line.name == "Calls"]
    assert [(step.name, step.units) for step in line.steps] == [("blue", "5"), ("red", "9"), ("–", "1")]
    assert line.price == "€1.00"


def test_an_event_that_is_paid_for_at_once_is_its_own_part(world):
    prepared(world, pay_in_advance=True, invoiceable=False)

    fees = world.get("/fees?external_customer_id=cust")["fees"]

    assert [(fee["units"], parts(fee)) for fee in fees] == [
        ("3.0", [({"team": "red"}, "3.0")]),
        ("4.0", [({"team": "red"}, "4.0")]),
        ("5.0", [({"team": "blue"}, "5.0")]),
        ("1.0", [({}, "1.0")]),
        ("2.0", [({"team": "red"}, "2.0")]),
    ]
    assert Fee.objects.count() == 5
    assert len(parts(charge_usage(world))) == 4


def test_a_subscription_may_be_shown_apart_by_other_keys_than_its_plan(world):
    prepared(world)
    code = world.get("/subscriptions/sub/charges")["charges"][0]["code"]

    body = {"properties": {"amount": "1", "presentation_group_keys": [{"value": "cloud"}]}}
    world.put(f"/subscriptions/sub/charges/{code}", {"charge": body})

    assert parts(charge_usage(world)) == [({}, "13.0"), ({"cloud": "aws"}, "2.0")]
    [charge] = world.get("/plans/plan")["plan"]["charges"]
    assert charge["properties"]["presentation_group_keys"] == KEYS
