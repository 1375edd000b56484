"""What an edit of a plan does to the prices that single customers have."""

import pytest

PLAN = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 1000, "amount_currency": "EUR"}


@pytest.fixture
def apart(world):
    """Two subscriptions with plans of their own: one has its own price, the other only its own name."""
    world.post("/plans", {"plan": PLAN | {"pay_in_advance": False}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    for mark, overrides in (("price", {"amount_cents": 700}), ("name", {"name": "Mine"})):
        body = {"external_customer_id": "cust", "external_id": mark, "plan_code": "plan", "plan_overrides": overrides}
        world.post("/subscriptions", {"subscription": body})


def plans(world):
    shown = (world.get(f"/subscriptions/{mark}")["subscription"]["plan"] for mark in ("price", "name"))
    return [(plan["name"], plan["amount_cents"]) for plan in shown]


def test_a_cascade_changes_what_was_the_same(world, apart):
    world.put("/plans/plan", {"plan": {"name": "New", "amount_cents": 1200, "cascade_updates": True}})

    assert plans(world) == [("New", 700), ("Mine", 1200)]


def test_without_a_cascade_own_plans_stay(world, apart):
    world.put("/plans/plan", {"plan": {"name": "New", "amount_cents": 1200}})

    assert plans(world) == [("Plan", 700), ("Mine", 1000)]


@pytest.fixture
def committed(world):
    """Two subscriptions with plans of their own: one has its own minimum commitment, the other the shared one."""
    world.post("/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20}})
    world.post("/plans", {"plan": PLAN | {"pay_in_advance": False, "minimum_commitment": {"amount_cents": 5000}}})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    for mark, overrides in (("own", {"minimum_commitment": {"amount_cents": 700}}), ("shared", {"name": "Mine"})):
        body = {"external_customer_id": "cust", "external_id": mark, "plan_code": "plan", "plan_overrides": overrides}
        world.post("/subscriptions", {"subscription": body})


def commitments(world):
    shown = (world.get(f"/subscriptions/{mark}")["subscription"]["plan"] for mark in ("own", "shared"))
    found = [plan.get("minimum_commitment") for plan in shown]
    return [row and (row["amount_cents"], [tax["code"] for tax in row["taxes"]]) for row in found]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({"minimum_commitment": {"amount_cents": 6000}, "cascade_updates": True}, [(700, []), (6000, [])]),
        (
            {"minimum_commitment": {"amount_cents": 5000, "tax_codes": ["vat"]}, "cascade_updates": True},
            [(700, []), (5000, ["vat"])],
        ),
        ({"minimum_commitment": {}, "cascade_updates": True}, [(700, []), None]),
        ({"minimum_commitment": {"amount_cents": 6000}}, [(700, []), (5000, [])]),
        ({"name": "New", "cascade_updates": True}, [(700, []), (5000, [])]),
    ],
)
def test_a_commitment_follows_where_it_was_the_same(world, committed, edit, expected):
    world.put("/plans/plan", {"plan": edit})

    assert commitments(world) == expected
