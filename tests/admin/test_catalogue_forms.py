"""Add-ons, features, pricing units, taxes and coupons, made and changed by hand."""

import pytest

from billing_site.core.models import Activity
from credits.models import Coupon
from customers.models import Tax
from plans.models import AddOn, Feature, Plan, PricingUnit
from tests.admin.conftest import typed

GOOD = {
    AddOn: {"name": "Setup", "code": "setup", "amount": "250.50", "amount_currency": "EUR"},
    Feature: {
        "name": "Seats", "code": "seats", "privileges-code": ["max", "kind"], "privileges-name": ["", "Kind"],
        "privileges-value_type": ["integer", "select"], "privileges-options": ["", "small, big"],
    },
    PricingUnit: {"name": "Credits", "code": "credits", "short_name": "CR"},
    Tax: {"name": "VAT", "code": "vat", "rate": "19.5", "applied_to_organization": "on"},
    Coupon: {"name": "Welcome", "code": "welcome", "coupon_type": "percentage", "percentage_rate": "12.5",
             "frequency": "recurring", "frequency_duration": "3", "last_day": "2026-06-30", "reusable": "on"},
}  # fmt: skip
PATHS = {AddOn: "add_ons", Feature: "features", PricingUnit: "pricing_units", Tax: "taxes", Coupon: "coupons"}


@pytest.mark.parametrize("model", GOOD, ids=lambda model: model.__name__)
def test_it_is_made_opens_as_it_is_and_is_taken_away(desk, model):
    assert desk.make(model, **GOOD[model]).status_code == 302
    made = model.objects.get()
    before = desk.api("get", f"/{PATHS[model]}/{GOOD[model]['code']}")
    assert made.name in desk.page(made)

    opened = desk.form(made, "edit")
    assert desk.act(made, "edit", **typed(opened)).status_code == 302
    assert desk.api("get", f"/{PATHS[model]}/{GOOD[model]['code']}") == before
    desk.act(made, "edit", **{**typed(opened), "name": "Another name"})

    made.refresh_from_db()
    assert made.name == "Another name"
    kind = f"{model._meta.verbose_name.replace('-', '_').replace(' ', '_')}.created"
    assert Activity.objects.filter(type=kind, actor_kind="staff").count() == 1
    if model is not PricingUnit:
        desk.act(made, "delete")
        made.refresh_from_db()
        assert made.deleted_at is not None
        assert "was deleted" in desk.client.get(desk.address(made, "edit")).context["obstacle"]


def test_what_is_made_by_hand_is_what_the_api_makes(desk):
    for model in GOOD:
        desk.make(model, **GOOD[model])

    assert (AddOn.objects.get().amount_cents, AddOn.objects.get().amount_currency) == (25050, "EUR")
    tax = desk.api("get", "/taxes/vat")["tax"]
    assert (tax["rate"], tax["applied_to_organization"]) == (19.5, True)
    coupon = desk.api("get", "/coupons/welcome")["coupon"]
    assert (coupon["percentage_rate"], coupon["frequency_duration"]) == ("12.5", 3)
    assert (coupon["expiration"], coupon["expiration_at"]) == ("time_limit", "2026-07-01T00:00:00Z")
    feature = desk.api("get", "/features/seats")["feature"]
    assert [(row["code"], row["value_type"], row["config"]) for row in feature["privileges"]] == [
        ("max", "integer", {}), ("kind", "select", {"select_options": ["small", "big"]}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "answers", "field", "says"),
    [
        (AddOn, {"amount": "1.005"}, "amount", "EUR has 2 decimals"),
        (AddOn, {"amount": ""}, "amount", "required"),
        (AddOn, {"amount_currency": "JPY"}, "amount", "JPY has 0 decimals"),
        (AddOn, {"code": "taken"}, "code", "taken already"),
        (AddOn, {"amount": "inf"}, "amount", "Enter a number"),
        (Feature, {"code": "taken"}, "code", "taken already"),
        (Feature, {"privileges-code": ["max", "max"]}, "privileges", "stands there twice"),
        (Feature, {"privileges-options": ["", ""]}, "privileges", "options of the choice"),
        (Feature, {"privileges-value_type": ["integer", "float"]}, "privileges", "Row 2, value: Select a valid choice"),
        (PricingUnit, {"code": "taken"}, "code", "taken already"),
        (PricingUnit, {"short_name": "CREDITS"}, "short_name", "at most 3 characters"),
        (Tax, {"rate": "101"}, "rate", "less than or equal to 100"),
        (Tax, {"rate": "-1"}, "rate", "greater than or equal to 0"),
        (Tax, {"code": "taken"}, "code", "taken already"),
        (Coupon, {"percentage_rate": ""}, "percentage_rate", "This is needed"),
        (Coupon, {"percentage_rate": "101"}, "percentage_rate", "less than or equal"),
        (Coupon, {"coupon_type": "fixed_amount"}, "amount", "This is needed"),
        (Coupon, {"coupon_type": "fixed_amount", "amount": "1.001", "amount_currency": "EUR"}, "amount", "decimals"),
        (Coupon, {"frequency_duration": ""}, "frequency_duration", "This is needed"),
        (Coupon, {"last_day": "2026-01-01"}, "last_day", "has passed"),
        (Coupon, {"code": "taken"}, "code", "taken already"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_what_was_typed_is_kept(desk, model, answers, field, says):
    desk.make(model, **{**GOOD[model], "code": "taken"})
    sent = {**GOOD[model], **answers}

    page = desk.make(model, **sent)

    assert page.status_code == 200
    assert says in str(page.context["form"].errors[field])
    assert page.context["form"]["name"].value() == sent["name"]
    assert model.objects.count() == 1


def test_a_coupon_is_for_plans_or_for_metrics(desk):
    metric = {"name": "Calls", "code": "calls", "aggregation_type": "count_agg"}
    desk.api("post", "/billable_metrics", {"billable_metric": metric})
    plan = {"name": "P", "code": "p", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}
    desk.api("post", "/plans", {"plan": plan})

    page = desk.make(Coupon, **GOOD[Coupon], plan_codes=["p"], metric_codes=["calls"])
    assert "not to both" in str(page.context["form"].non_field_errors())
    desk.make(Coupon, **GOOD[Coupon], plan_codes=["p"])

    coupon = Coupon.objects.get()
    assert [row.code for row in coupon.plans.all()] == ["p"]
    assert desk.form(coupon, "edit")["plan_codes"].value() == ["p"]


def test_a_plan_entitles_to_features_with_values(desk):
    desk.make(Feature, **GOOD[Feature])
    desk.make(Plan, name="P", code="p", interval="monthly", amount="0", amount_currency="EUR")
    plan, feature = Plan.objects.get(), Feature.objects.get()
    most, kind = (f"p{row.pk}" for row in feature.privileges.order_by("pk"))
    ticked = {f"f{feature.pk}": "on", kind: "big"}

    refused = desk.act(plan, "entitlements", **ticked, **{most: "many"})
    assert "cannot be chosen" in str(refused.context["form"].errors[most])
    desk.act(plan, "entitlements", **ticked, **{most: "5"})

    [held] = desk.api("get", "/plans/p/entitlements")["entitlements"]
    assert [(row["code"], row["value"]) for row in held["privileges"]] == [("max", 5), ("kind", "big")]
    assert "max: 5, kind: big" in desk.page(plan)
    opened = desk.form(plan, "entitlements")
    assert (opened[most].value(), opened[kind].value()) == (5, "big")
    desk.act(plan, "entitlements")
    assert desk.api("get", "/plans/p/entitlements")["entitlements"] == []


def test_a_privilege_taken_away_goes_from_plans_too(desk):
    test_a_plan_entitles_to_features_with_values(desk)
    feature = Feature.objects.get()

    desk.act(feature, "edit", name="Seats", **{
        "privileges-code": ["kind"], "privileges-name": ["Kind"],
        "privileges-value_type": ["select"], "privileges-options": ["small, big, huge"],
    })  # fmt: skip

    [left] = desk.api("get", "/features/seats")["feature"]["privileges"]
    assert (left["code"], left["config"]) == ("kind", {"select_options": ["small", "big", "huge"]})
