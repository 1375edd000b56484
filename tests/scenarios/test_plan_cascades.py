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
