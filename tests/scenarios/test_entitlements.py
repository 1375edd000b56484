"""Features, what plans entitle to, what a subscription has instead; and a plan's metadata."""

import pytest

SEATS = {
    "code": "seats",
    "name": "Seats",
    "privileges": [
        {"code": "max", "value_type": "integer"},
        {"code": "root", "value_type": "boolean"},
        {"code": "sso", "value_type": "select", "config": {"select_options": ["google", "okta"]}},
    ],
}
PLAN = {"name": "Base", "code": "base", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}


@pytest.fixture
def plan(world):
    world.post("/features", {"feature": SEATS})
    world.post("/plans", {"plan": PLAN})
    values = {"seats": {"max": 10, "root": True, "sso": "okta"}}
    return world.post("/plans/base/entitlements", {"entitlements": values})["entitlements"]


@pytest.fixture
def subscription(world, plan):
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "base"}
    return world.post("/subscriptions", {"subscription": body})["subscription"]


def values(entitlements, key="value"):
    return {item["code"]: {row["code"]: row[key] for row in item["privileges"]} for item in entitlements}


def test_features_are_made_changed_and_taken_away(world, plan):
    world.post("/features", {"feature": SEATS}, status=422)
    world.post("/features", {"feature": {"code": "x", "privileges": [{"code": "a", "value_type": "select"}]}}, 422)
    doubled = {"code": "x", "privileges": [{"code": "a"}, {"code": "a"}]}
    assert "value_is_duplicated" in str(world.post("/features", {"feature": doubled}, status=422))

    changed = world.put("/features/seats", {"feature": {"name": "Places", "privileges": [{"code": "new"}]}})["feature"]
    assert (changed["name"], [row["code"] for row in changed["privileges"]]) == (
        "Places",
        ["max", "root", "sso", "new"],
    )
    gone = world.delete("/features/seats/privileges/root")["feature"]
    assert [row["code"] for row in gone["privileges"]] == ["max", "sso", "new"]
    assert values(world.get("/plans/base")["plan"]["entitlements"]) == {"seats": {"max": 10, "sso": "okta"}}
    world.delete("/features/seats")
    assert world.get("/plans/base/entitlements") == {"entitlements": []}
    assert world.get("/features?search_term=sea")["features"] == []


@pytest.mark.parametrize(
    "wanted, status, code",
    [
        ({"seats": {"max": "ten"}}, 422, "value_is_invalid"),
        ({"seats": {"max": True}}, 422, "value_is_invalid"),
        ({"seats": {"sso": "other"}}, 422, "value_not_in_select_options"),
        ({"seats": {"none": 1}}, 404, "privilege_not_found"),
        ({"none": {}}, 404, "feature_not_found"),
        ({"seats": 3}, 422, "invalid_format"),
    ],
)
def test_what_cannot_be_entitled_is_refused(world, plan, wanted, status, code):
    assert code in str(world.patch("/plans/base/entitlements", {"entitlements": wanted}, status=status))
    assert values(world.get("/plans/base/entitlements")["entitlements"]) == values(plan)


def test_a_plan_is_entitled_to_more_and_to_less(world, plan):
    world.post("/features", {"feature": {"code": "api"}})
    more = world.patch("/plans/base/entitlements", {"entitlements": {"api": {}, "seats": {"max": "20"}}})
    assert values(more["entitlements"]) == {"seats": {"max": 20, "root": True, "sso": "okta"}, "api": {}}

    world.delete("/plans/base/entitlements/seats/privileges/sso")
    assert world.delete("/plans/base/entitlements/api")["entitlement"]["code"] == "api"
    assert values(world.get("/plans/base/entitlements")["entitlements"]) == {"seats": {"max": 20, "root": True}}
    assert world.get("/plans/base/entitlements/api", status=404)["code"] == "entitlement_not_found"


def test_a_subscription_has_values_of_its_own_and_loses_others(world, subscription):
    found = world.patch("/subscriptions/sub/entitlements", {"entitlements": {"seats": {"max": 15, "root": True}}})
    seats = found["entitlements"][0]
    assert (values([seats]), seats["overrides"]) == ({"seats": {"max": 15, "root": True, "sso": "okta"}}, {"max": 15})
    assert values([seats], "plan_value")["seats"]["max"] == 10

    world.delete("/subscriptions/sub/entitlements/seats/privileges/sso")
    assert values(world.get("/subscriptions/sub")["subscription"]["entitlements"]) == {
        "seats": {"max": 15, "root": True}
    }
    world.delete("/subscriptions/sub/entitlements/seats")
    assert world.get("/subscriptions/sub/entitlements") == {"entitlements": []}
    world.delete("/subscriptions/sub/entitlements/seats", status=404)
    world.patch("/subscriptions/sub/entitlements", {"entitlements": {"seats": {"max": 10}}})
    assert values(world.get("/subscriptions/sub/entitlements")["entitlements"])["seats"]["sso"] == "okta"


def test_what_is_a_subscriptions_own_stays_when_its_plan_changes(world, subscription):
    world.patch("/subscriptions/sub/entitlements", {"entitlements": {"seats": {"max": 15}}})
    world.delete("/subscriptions/sub/entitlements/seats/privileges/sso")
    world.post("/plans", {"plan": PLAN | {"code": "more", "amount_cents": 100}})
    world.post("/plans/more/entitlements", {"entitlements": {"seats": {"max": 12, "root": False, "sso": "google"}}})

    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "more"}
    changed = world.post("/subscriptions", {"subscription": body})["subscription"]

    assert changed["previous_plan_code"] == "base"
    assert values(changed["entitlements"]) == {"seats": {"max": 15, "root": False}}
    assert values(world.get("/subscriptions/sub?status=terminated")["subscription"]["entitlements"]) == {
        "seats": {"max": 15, "root": True}
    }


def test_metadata_is_replaced_merged_and_removed(world, plan):
    assert world.post("/plans/base/metadata", {"metadata": {"a": "1", "b": None}}) == {
        "metadata": {"a": "1", "b": None}
    }
    assert world.patch("/plans/base/metadata", {"metadata": {"a": "2"}}) == {"metadata": {"a": "2", "b": None}}
    assert world.delete("/plans/base/metadata/a") == {"metadata": {"b": None}}
    assert world.delete("/plans/base/metadata/a", status=404)["code"] == "metadata_not_found"
    world.post("/plans/base/metadata", {"metadata": {"x": 1}}, status=422)
    world.post("/plans/base/metadata", {"metadata": {str(number): "" for number in range(51)}}, status=422)
    assert world.delete("/plans/base/metadata") == {"metadata": None}
