"""Thresholds of usage: who has which, and how they are set."""

import pytest


@pytest.fixture
def metered(world):
    """A plan without a fee, with a charge of a cent for each unit, and a customer."""
    metric = {"name": "Units", "code": "units", "aggregation_type": "sum_agg", "field_name": "n"}
    made = world.post("/billable_metrics", {"billable_metric": metric})["billable_metric"]
    charge = {"billable_metric_id": made["lago_id"], "charge_model": "standard", "properties": {"amount": "0.01"}}
    plan = {
        "name": "Metered", "code": "metered", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR",
        "charges": [charge], "usage_thresholds": [{"amount_cents": 1000, "threshold_display_name": "First"}],
    }  # fmt: skip
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    return world.post("/plans", {"plan": plan})["plan"]


def subscribe(world, external_id="sub", **fields):
    body = {"external_customer_id": "cust", "external_id": external_id, "plan_code": "metered", **fields}
    return world.post("/subscriptions", {"subscription": body})["subscription"]


def amounts(thresholds):
    return [(item["amount_cents"], item["recurring"]) for item in thresholds]


def test_a_plans_thresholds_are_replaced_and_the_same_ones_stay(world, metered):
    first = metered["usage_thresholds"][0]
    items = [{"amount_cents": 1000}, {"amount_cents": 500, "recurring": True}]

    changed = world.put("/plans/metered", {"plan": {"usage_thresholds": items}})["plan"]
    same = world.put("/plans/metered", {"plan": {"name": "Other"}})["plan"]
    none = world.put("/plans/metered", {"plan": {"usage_thresholds": []}})["plan"]

    assert amounts(changed["usage_thresholds"]) == [(1000, False), (500, True)]
    assert changed["usage_thresholds"][0]["lago_id"] == first["lago_id"]
    assert changed["usage_thresholds"][0]["threshold_display_name"] == "First"
    assert same["usage_thresholds"] == changed["usage_thresholds"]
    assert none["usage_thresholds"] == none["applicable_usage_thresholds"] == []


@pytest.mark.usefixtures("metered")
@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([{"threshold_display_name": "No amount"}], "missing_amount_cents"),
        ([{"amount_cents": 100}, {"amount_cents": 100}], "duplicated_values"),
        (
            [{"amount_cents": 100, "recurring": True}, {"amount_cents": 200, "recurring": True}],
            "multiple_recurring_thresholds",
        ),
        ([{"amount_cents": 0}], "value_is_out_of_range"),
    ],
)
def test_what_cannot_be_a_threshold_is_refused_everywhere(world, items, code):
    before = subscribe(world)
    wrong = {"usage_thresholds": items}

    answers = [
        world.put("/plans/metered", {"plan": wrong}, 422),
        world.put("/subscriptions/sub", {"subscription": wrong}, 422),
        world.put("/subscriptions/sub", {"subscription": {"plan_overrides": wrong}}, 422),
    ]

    assert [answer["error_details"] for answer in answers] == [{"usage_thresholds": [code]}] * 3
    assert world.get("/subscriptions/sub")["subscription"] == before


@pytest.mark.usefixtures("metered")
def test_a_subscriptions_own_thresholds_count_instead_of_its_plans(world):
    own = {"usage_thresholds": [{"amount_cents": 300, "threshold_display_name": "Own"}]}
    made = subscribe(world, **own)
    cleared = world.put("/subscriptions/sub", {"subscription": {"usage_thresholds": []}})["subscription"]

    shown = {"threshold_display_name": "Own", "amount_cents": 300, "recurring": False}
    assert made["applicable_usage_thresholds"] == [shown]
    assert amounts(made["plan"]["usage_thresholds"]) == [(1000, False)]
    assert amounts(cleared["applicable_usage_thresholds"]) == [(1000, False)]


@pytest.mark.usefixtures("metered")
def test_a_plan_made_for_one_has_its_parents_thresholds_until_it_has_its_own(world):
    made = subscribe(world, plan_overrides={"amount_cents": 5})
    inherited = made["plan"]["applicable_usage_thresholds"]
    world.put("/plans/metered", {"plan": {"usage_thresholds": [{"amount_cents": 2000}]}})
    followed = world.get("/subscriptions/sub")["subscription"]
    overrides = {"usage_thresholds": [{"amount_cents": 2000}]}
    own = world.put("/subscriptions/sub", {"subscription": {"plan_overrides": overrides}})["subscription"]

    assert amounts(inherited) == [(1000, False)]
    assert made["plan"]["usage_thresholds"] == []
    assert amounts(followed["applicable_usage_thresholds"]) == [(2000, False)]
    assert amounts(own["plan"]["usage_thresholds"]) == [(2000, False)]


@pytest.mark.usefixtures("metered")
def test_a_cascade_reaches_the_plans_that_had_the_same_thresholds(world):
    for external_id, cents in (("same", 1000), ("other", 777)):
        items = [{"amount_cents": cents, "threshold_display_name": "First"}]
        subscribe(world, external_id, plan_overrides={"usage_thresholds": items})
    changed = {"usage_thresholds": [{"amount_cents": 3000}], "cascade_updates": True}

    world.put("/plans/metered", {"plan": changed})

    same, other = (world.get(f"/subscriptions/{name}")["subscription"] for name in ("same", "other"))
    assert amounts(same["applicable_usage_thresholds"]) == [(3000, False)]
    assert amounts(other["applicable_usage_thresholds"]) == [(777, False)]


@pytest.mark.usefixtures("metered")
def test_another_plan_comes_with_its_own_thresholds_or_those_that_are_given(world):
    subscribe(world, usage_thresholds=[{"amount_cents": 300}])
    plan = {"name": "Dear", "code": "dear", "interval": "monthly", "amount_cents": 500, "amount_currency": "EUR"}
    world.post("/plans", {"plan": plan | {"usage_thresholds": [{"amount_cents": 9000}]}})
    plain = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "dear"}

    changed = world.post("/subscriptions", {"subscription": plain})["subscription"]
    subscribe(world, "second")
    given = {**plain, "external_id": "second", "usage_thresholds": [{"amount_cents": 8000}]}
    asked = world.post("/subscriptions", {"subscription": given})["subscription"]

    assert amounts(changed["applicable_usage_thresholds"]) == [(9000, False)]
    assert amounts(asked["applicable_usage_thresholds"]) == [(8000, False)]
