"""What staff write as usage thresholds, held against what the API makes of the same."""

import pytest

from plans.models import Plan, Subscription, UsageThreshold
from tests.admin.conftest import typed

PLAN = {"name": "Metered", "interval": "monthly", "amount": "10", "amount_currency": "EUR"}
ROWS = {
    "usage_thresholds-amount": ["1,000", "250.50", ""],
    "usage_thresholds-kind": ["once", "again", "once"],
    "usage_thresholds-name": ["First", "", ""],
}
AS_JSON = [
    {"amount_cents": 100000, "threshold_display_name": "First", "recurring": False},
    {"amount_cents": 25050, "threshold_display_name": "", "recurring": True},
]
OTHER = {"usage_thresholds-amount": ["5"], "usage_thresholds-kind": ["once"], "usage_thresholds-name": [""]}
WRONG = [
    ({"amount": ["0.005"], "kind": ["once"]}, "0.005: EUR has 2 decimals."),
    ({"amount": ["99999999999999"], "kind": ["once"]}, "99999999999999: That is more than can be billed."),
    ({"amount": ["x"], "kind": ["once"]}, "Row 1, usage (EUR): Enter a number."),
    ({"amount": [""], "kind": ["once"], "name": ["None"]}, "Row 1, usage (EUR): This field is required."),
    ({"amount": ["1"], "kind": ["never"]}, "Row 1, billed: Select a valid choice."),
    ({"amount": ["0"], "kind": ["once"]}, "Usage is billed at an amount above zero."),
    ({"amount": ["5", "5.00"], "kind": ["once", "once"]}, "The same amount stands there twice."),
    ({"amount": ["5", "6"], "kind": ["again", "again"]}, "Only one of them can be reached again and again."),
]


@pytest.fixture
def subscription(desk):
    """A subscription to a plan, both without thresholds."""
    desk.api("post", "/plans", {"plan": {
        "name": "Metered", "code": "metered", "interval": "monthly", "amount_cents": 1000, "amount_currency": "EUR",
    }})  # fmt: skip
    desk.api("post", "/customers", {"customer": {"external_id": "c", "currency": "EUR"}})
    return subscribe(desk, "s")


def subscribe(desk, external_id, **more):
    desk.api("post", "/subscriptions", {"subscription": {
        "external_customer_id": "c", "external_id": external_id, "plan_code": "metered", **more}})  # fmt: skip
    return Subscription.objects.get(external_id=external_id)


def written(wrong):
    return {f"usage_thresholds-{column}": cells for column, cells in wrong.items()}


def anonymous(thresholds):
    return [{key: value for key, value in item.items() if key != "lago_id"} for item in thresholds]


def test_a_plan_made_by_hand_has_the_thresholds_of_one_made_over_the_api(desk):
    desk.make(Plan, **PLAN, code="hand", **ROWS)
    desk.api("post", "/plans", {"plan": {
        "name": "Metered", "code": "api", "interval": "monthly", "amount_cents": 1000, "amount_currency": "EUR",
        "usage_thresholds": AS_JSON}})  # fmt: skip

    hand, api = (desk.api("get", f"/plans/{code}")["plan"] for code in ("hand", "api"))
    assert len(hand["usage_thresholds"]) == 2
    assert anonymous(hand["usage_thresholds"]) == anonymous(api["usage_thresholds"])
    assert hand["applicable_usage_thresholds"] == api["applicable_usage_thresholds"]

    plan = Plan.objects.get(code="hand")
    desk.act(plan, "edit", **typed(desk.form(plan, "edit")))
    assert desk.api("get", "/plans/hand")["plan"] == hand


def test_an_edit_reaches_the_plans_that_had_the_same_thresholds_only_if_it_is_to(desk, subscription):
    plan = subscription.plan
    desk.act(plan, "edit", **{**typed(desk.form(plan, "edit")), **ROWS})
    for name, items in (("same", AS_JSON), ("other", [{"amount_cents": 777}])):
        subscribe(desk, name, plan_overrides={"usage_thresholds": items})

    def amounts(name):
        shown = desk.api("get", f"/subscriptions/{name}")["subscription"]["applicable_usage_thresholds"]
        return [item["amount_cents"] for item in shown]

    form = {**typed(desk.form(plan, "edit")), **OTHER}
    shown = desk.rehearse(plan, "edit", **form)
    assert "each EUR\xa0250.50 more" in shown
    assert "EUR\xa05.00" in shown
    assert [amounts(name) for name in ("s", "same", "other")] == [[100000, 25050], [100000, 25050], [777]]

    desk.act(plan, "edit", **form)
    assert [amounts(name) for name in ("s", "same", "other")] == [[500], [500], [777]]

    alone = {key: value for key, value in {**form, **ROWS}.items() if key != "cascade_updates"}
    desk.act(plan, "edit", **alone)
    assert [amounts(name) for name in ("s", "same", "other")] == [[100000, 25050], [500], [777]]


def test_a_subscription_has_thresholds_of_its_own_until_they_are_taken_away_or_switched_off(desk, subscription):
    subscribe(desk, "api")
    shown = desk.rehearse(subscription, "thresholds", is_watched="on", **ROWS)
    assert "EUR\xa01,000.00 (First)" in shown
    assert not UsageThreshold.objects.exists()

    desk.act(subscription, "thresholds", is_watched="on", reason="Agreed", **ROWS)
    desk.api("put", "/subscriptions/api", {"subscription": {"usage_thresholds": AS_JSON}})
    by_hand, by_api = (desk.api("get", f"/subscriptions/{name}")["subscription"] for name in ("s", "api"))
    for key in ("applicable_usage_thresholds", "progressive_billing_disabled", "plan"):
        assert by_hand[key] == by_api[key], key
    assert len(by_hand["applicable_usage_thresholds"]) == 2

    form = typed(desk.form(subscription, "thresholds"))
    desk.act(subscription, "thresholds", **form)
    assert desk.api("get", "/subscriptions/s")["subscription"] == by_hand

    del form["is_watched"]
    desk.act(subscription, "thresholds", **form)
    switched_off = desk.api("get", "/subscriptions/s")["subscription"]
    assert switched_off["progressive_billing_disabled"] is True
    assert switched_off["applicable_usage_thresholds"] == by_hand["applicable_usage_thresholds"]

    desk.act(subscription, "thresholds", is_watched="on")
    cleared = desk.api("get", "/subscriptions/s")["subscription"]
    assert (cleared["progressive_billing_disabled"], cleared["applicable_usage_thresholds"]) == (False, [])


def test_what_cannot_be_a_threshold_is_said_at_the_rows_and_changes_nothing(desk, subscription):
    plan = typed(desk.form(subscription.plan, "edit"))

    for wrong, says in WRONG:
        for subject, slug, form in ((subscription.plan, "edit", plan), (subscription, "thresholds", {})):
            page = desk.act(subject, slug, **form, **written(wrong))
            assert page.status_code == 200, (slug, wrong)
            assert says in str(page.context["form"].errors["usage_thresholds"]), (slug, wrong)
    assert not UsageThreshold.objects.exists()


def test_the_thresholds_of_what_has_ended_stay(desk, subscription):
    desk.act(subscription, "edit", ends="now", reason="Over")

    page = desk.act(subscription, "thresholds", is_watched="on", **ROWS)

    assert "has ended" in page.context["obstacle"]
    assert not UsageThreshold.objects.exists()
