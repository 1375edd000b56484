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


def test_units_raised_at_once_are_billed_by_the_days_left_and_once(world, seat):
    world.travel_to("2024-04-01T00:00:00Z")
    world.post("/plans", plan(fixed(seat, pay_in_advance=True, prorated=True)))
    subscribe(world)
    world.run_clock()
    world.travel_to("2024-04-16T09:00:00Z")
    change = {"units": "16", "apply_units_immediately": True}
    world.put("/plans/base/fixed_charges/seat", {"fixed_charge": change})
    world.run_clock()
    world.run_clock()

    invoices = world.get("/invoices?external_customer_id=cust")["invoices"]
    # Six more at 10.00 for 15 of April's 30 days.
    assert [invoice["fees_amount_cents"] for invoice in invoices] == [3_000, 10_000]
    fee = world.get(f"/invoices/{invoices[0]['lago_id']}")["invoice"]["fees"][0]
    assert (fee["units"], fee["from_date"], fee["to_date"]) == ("6.0", "2024-04-01T00:00:00Z", "2024-04-30T23:59:59Z")

    world.travel_to("2024-05-01T00:00:00Z")
    world.run_clock()
    assert world.get("/invoices?external_customer_id=cust")["invoices"][0]["fees_amount_cents"] == 16_000


def test_a_commitment_is_kept_changed_and_taken_away(world):
    body = plan(minimum_commitment={"amount_cents": 500, "invoice_display_name": "Least"})
    made = world.post("/plans", body)["plan"]["minimum_commitment"]
    assert (made["amount_cents"], made["invoice_display_name"], made["plan_code"]) == (500, "Least", "base")

    world.put("/plans/base", {"plan": {"minimum_commitment": {"invoice_display_name": "x"}}}, status=422)
    changed = world.put("/plans/base", {"plan": {"minimum_commitment": {"amount_cents": 700}}})["plan"]
    assert changed["minimum_commitment"]["amount_cents"] == 700
    assert "minimum_commitment" not in world.put("/plans/base", {"plan": {"minimum_commitment": {}}})["plan"]


def test_a_subscription_may_have_prices_of_its_own_and_a_cascade_reaches_what_is_still_the_same(world, seat):
    world.post("/plans", plan(fixed(seat)))
    subscribe(world)
    own = {"fixed_charge": {"properties": {"amount": "7"}}}
    changed = world.put("/subscriptions/sub/fixed_charges/seat", own)["fixed_charge"]
    parent = world.get("/plans/base/fixed_charges/seat")["fixed_charge"]
    assert (changed["properties"], changed["lago_parent_id"]) == ({"amount": "7"}, parent["lago_id"])
    assert parent["properties"] == {"amount": "10"}

    change = {"units": "20", "properties": {"amount": "9"}, "cascade_updates": True}
    world.put("/plans/base/fixed_charges/seat", {"fixed_charge": change})
    followed = world.get("/subscriptions/sub/fixed_charges/seat")["fixed_charge"]
    assert (followed["units"], followed["properties"]) == ("20.0", {"amount": "7"})


TIERS = [
    {"from_value": 0, "to_value": 30, "per_unit_amount": "10", "flat_amount": "100"},
    {"from_value": 31, "to_value": None, "per_unit_amount": "5", "flat_amount": "50"},
]


@pytest.mark.parametrize(
    "case, begin, prorated, units, cents",
    [
        ("whole", "01", False, ["40"], 500_00),
        ("half a month of 300 + 50, flat amounts whole", "16", True, ["40"], 175_00 + 150_00),
        ("10 and 40 for half a month each, tiers of 40", "01", True, ["10", "40"], 187_50 + 31_25 + 150_00),
        ("40 and 10 for half a month each, tier of 10", "01", True, ["40", "10"], 250_00 + 100_00),
        ("none left", "01", True, ["40", "0"], 200_00 + 100_00),
    ],
)
def test_graduated_prices_of_fixed_charges(world, seat, case, begin, prorated, units, cents):
    world.travel_to(f"2024-04-{begin}T00:00:00Z")
    tiers = {"charge_model": "graduated", "properties": {"graduated_ranges": TIERS}}
    world.post("/plans", plan(fixed(seat, **tiers, prorated=prorated, units=units[0])))
    subscribe(world)
    for changed in units[1:]:
        world.travel_to("2024-04-16T00:00:00Z")
        change = {"units": changed, "apply_units_immediately": True}
        world.put("/plans/base/fixed_charges/seat", {"fixed_charge": change})
    world.travel_to("2024-05-01T01:00:00Z")
    world.run_clock()

    (fee,) = world.get("/fees?fee_type=fixed_charge")["fees"]
    assert (fee["amount_cents"], fee["units"]) == (cents, f"{units[-1]}.0")
