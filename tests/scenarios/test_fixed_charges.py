"""Add-ons, and the fixed charges that plans make of them."""

import pytest

ADD_ON = {"name": "Seat", "code": "seat", "amount_cents": 200, "amount_currency": "EUR"}


@pytest.fixture
def seat(world):
    return world.post("/add_ons", {"add_on": ADD_ON})["add_on"]


def fixed(seat, **fields):
    item = {"add_on_id": seat["lago_id"], "charge_model": "standard", "units": "10", "properties": {"amount": "10"}}
    return item | fields


def plan(*fixed_charges, **fields):
    base = {"name": "Base", "code": "base", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}
    return {"plan": base | {"fixed_charges": list(fixed_charges)} | fields}


def subscribe(world, **fields):
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "base"} | fields
    return world.post("/subscriptions", {"subscription": body})["subscription"]


def test_add_ons_are_made_changed_listed_and_taken_away(world):
    world.post("/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20}})
    made = world.post("/add_ons", {"add_on": ADD_ON | {"tax_codes": ["vat"]}})["add_on"]
    world.post("/add_ons", {"add_on": ADD_ON}, status=422)
    world.post("/add_ons", {"add_on": ADD_ON | {"code": "x", "tax_codes": ["none"]}}, status=404)
    changed = world.put("/add_ons/seat", {"add_on": {"amount_cents": 300, "description": None}})["add_on"]

    assert [tax["code"] for tax in made["taxes"]] == ["vat"]
    assert (changed["amount_cents"], changed["description"], changed["name"]) == (300, None, "Seat")
    assert world.get("/add_ons")["meta"]["total_count"] == 1
    assert world.delete("/add_ons/seat")["add_on"]["code"] == "seat"
    assert world.get("/add_ons/seat", status=404)["code"] == "add_on_not_found"


def test_fixed_charges_of_a_plan(world, seat):
    made = world.post("/plans", plan(fixed(seat), fixed(seat)))["plan"]["fixed_charges"]
    assert [(row["code"], row["units"], row["invoice_display_name"]) for row in made] == [
        ("seat", "10.0", "Seat"),
        ("seat_1", "10.0", "Seat"),
    ]

    added = {key: value for key, value in fixed(seat, code="more").items() if key != "add_on_id"}
    world.post("/plans/base/fixed_charges", {"fixed_charge": added | {"add_on_code": "seat"}})
    world.put("/plans/base/fixed_charges/more", {"fixed_charge": {"units": "3.5"}})
    assert world.get("/plans/base/fixed_charges/more")["fixed_charge"]["units"] == "3.5"
    world.delete("/plans/base/fixed_charges/seat_1")
    assert [row["code"] for row in world.get("/plans/base/fixed_charges")["fixed_charges"]] == ["seat", "more"]


@pytest.mark.parametrize(
    "change, status, code",
    [
        ({"charge_model": "volume", "pay_in_advance": True, "properties": {}}, 422, "invalid_charge_model"),
        ({"charge_model": "graduated", "pay_in_advance": True, "prorated": True, "properties": {}}, 422,
         "invalid_charge_model"),
        ({"charge_model": "package"}, 422, "value_is_invalid"),
        ({"charge_model": None}, 422, "value_is_mandatory"),
        ({"properties": {"amount": 1}}, 422, "invalid_amount"),
        ({"units": "-1"}, 422, "value_is_out_of_range"),
        ({"units": "NaN"}, 422, "value_is_invalid"),
        ({"add_on_id": "00000000-0000-0000-0000-000000000000"}, 404, "add_on_not_found"),
        ({"add_on_id": None}, 404, "add_on_not_found"),
    ],
)  # fmt: skip
def test_a_fixed_charge_that_cannot_be_is_refused(world, seat, change, status, code):
    answer = world.post("/plans", plan(fixed(seat, **change)), status=status)

    assert code in str(answer)
    assert world.get("/plans")["plans"] == []


def test_a_subscription_may_have_units_of_its_own(world, seat):
    world.post("/plans", plan(fixed(seat)))
    subscribe(world)
    world.put("/subscriptions/sub/fixed_charges/seat", {"fixed_charge": {"units": "15"}})

    assert [row["units"] for row in world.get("/subscriptions/sub/fixed_charges")["fixed_charges"]] == ["15.0"]
    assert world.get("/plans/base/fixed_charges/seat")["fixed_charge"]["units"] == "10.0"
    assert world.get("/subscriptions/sub/fixed_charges/none", status=404)["code"] == "fixed_charge_not_found"
