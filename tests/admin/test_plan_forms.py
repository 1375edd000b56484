import pytest

from billing_site.core.models import Activity
from plans.models import Charge, ChargeFilter, Plan
from tests.admin.conftest import typed

GROWTH = {
    "name": "Growth", "code": "growth", "interval": "monthly", "amount": "1,499.90", "amount_currency": "EUR",
    "pay_in_advance": "on", "trial_period": "14",
}  # fmt: skip
TIERS = {
    "tiers-from": ["0", "", ""],
    "tiers-up_to": ["1,000", "250000", ""],
    "tiers-unit_price": ["0", "0.020", "0.0015"],
    "tiers-flat_fee": ["", "", "5"],
}
AS_JSON = [
    {"from_value": 0, "to_value": 1000, "per_unit_amount": "0", "flat_amount": "0"},
    {"from_value": 1001, "to_value": 250000, "per_unit_amount": "0.020", "flat_amount": "0"},
    {"from_value": 250001, "to_value": None, "per_unit_amount": "0.0015", "flat_amount": "5"},
]


@pytest.fixture
def metrics(desk):
    """Calls by region, and money that is summed up; a tax; an add-on."""
    kinds = (("calls", "count_agg", None, [{"key": "region", "values": ["eu", "us"]}]),
             ("money", "sum_agg", "amount", []), ("own", "custom_agg", None, []))  # fmt: skip
    found = {}
    for code, kind, field, filters in kinds:
        body = {"name": code.title(), "code": code, "aggregation_type": kind, "field_name": field, "filters": filters}
        if kind == "custom_agg":
            body["custom_aggregator"] = {"total_units": "1", "amount": "1"}
        found[code] = desk.api("post", "/billable_metrics", {"billable_metric": body})["billable_metric"]["lago_id"]
    desk.api("post", "/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 19}})
    desk.api("post", "/add_ons", {"add_on": {
        "name": "Support", "code": "support", "amount_cents": 100, "amount_currency": "EUR"}})  # fmt: skip
    return found


def anonymous(shown, *names):
    """Return an answer of the API without what differs by nature."""
    if isinstance(shown, dict):
        hidden = {"lago_id", "created_at", *names}
        return {key: anonymous(value, *names) for key, value in shown.items() if key not in hidden}
    return [anonymous(item, *names) for item in shown] if isinstance(shown, list) else shown


def make_by_hand(desk):
    desk.make(Plan, **GROWTH, tax_codes=["vat"], commitment="500", commitment_name="Least", commitment_taxes=["vat"])
    plan = Plan.objects.get()
    desk.act(plan, "add-charge", metric="calls", charge_model="graduated", **TIERS, groups="region")
    desk.act(plan, "add-charge", metric="calls", charge_model="volume", invoiceable="on", tax_codes=["vat"], **TIERS,
             min_amount="12.50", code="second", invoice_display_name="All calls")  # fmt: skip
    desk.act(plan, "add-charge", metric="money", charge_model="percentage", rate="2.9", fixed_amount="0.30",
             free_events="10", least="0.5", most="100", pay_in_advance="on", regroup_paid_fees="on")  # fmt: skip
    desk.act(plan, "add-charge", metric="calls", charge_model="package", amount="3", package_size="100",
             free_units="100")  # fmt: skip
    desk.act(plan, "add-charge", metric="money", charge_model="graduated_percentage",
             **{"rates-from": ["", "10"], "rates-up_to": ["10", ""], "rates-rate": ["1", "0.5"],
                "rates-flat_fee": ["", "2"]})  # fmt: skip
    desk.act(plan, "add-charge", metric="money", charge_model="dynamic")
    desk.act(plan, "add-charge", metric="own", charge_model="custom",
             **{"custom_properties-key": ["a", "b", "c"],
                "custom_properties-value": ["1.50", "text", '{"d": 2}']})  # fmt: skip
    desk.act(Charge.objects.get(code="second"), "add-filter", values_0=["eu"], invoice_display_name="Europe", **TIERS)
    desk.act(plan, "add-fixed-charge", add_on="support", charge_model="graduated", units="3", prorated="on", **TIERS)


def make_over_the_api(desk, metrics):
    def charge(metric, model, properties, **more):
        return {"billable_metric_id": metrics[metric], "charge_model": model, "properties": properties, **more}

    volume = {"volume_ranges": AS_JSON}
    desk.api("post", "/plans", {"plan": {
        "name": "Growth", "code": "api", "interval": "monthly", "amount_cents": 149990, "amount_currency": "EUR",
        "pay_in_advance": True, "trial_period": 14, "tax_codes": ["vat"],
        "minimum_commitment": {"amount_cents": 50000, "invoice_display_name": "Least", "tax_codes": ["vat"]},
        "charges": [
            charge("calls", "graduated", {"graduated_ranges": AS_JSON, "pricing_group_keys": ["region"]}),
            charge("calls", "volume", volume, code="second", min_amount_cents=1250, tax_codes=["vat"],
                   invoice_display_name="All calls",
                   filters=[{"values": {"region": ["eu"]}, "invoice_display_name": "Europe", "properties": volume}]),
            charge("money", "percentage", {
                "rate": "2.9", "fixed_amount": "0.30", "free_units_per_events": 10,
                "per_transaction_min_amount": "0.5", "per_transaction_max_amount": "100",
            }, pay_in_advance=True, invoiceable=False, regroup_paid_fees="invoice"),
            charge("calls", "package", {"amount": "3", "package_size": 100, "free_units": 100}),
            charge("money", "graduated_percentage", {"graduated_percentage_ranges": [
                {"from_value": 0, "to_value": 10, "rate": "1", "flat_amount": "0"},
                {"from_value": 10, "to_value": None, "rate": "0.5", "flat_amount": "2"},
            ]}),
            charge("money", "dynamic", {}),
            charge("own", "custom", {"custom_properties": {"a": 1.5, "b": "text", "c": {"d": 2}}}),
        ],
        "fixed_charges": [{"add_on_code": "support", "charge_model": "graduated", "units": "3", "prorated": True,
                           "properties": {"graduated_ranges": AS_JSON}}],
    }})  # fmt: skip


def test_a_plan_made_by_hand_with_rows_of_tiers_equals_one_made_over_the_api(desk, metrics):
    make_by_hand(desk)
    make_over_the_api(desk, metrics)

    by_hand, by_api = (desk.api("get", f"/plans/{code}")["plan"] for code in ("growth", "api"))
    assert len(by_hand["charges"]) == 7
    del by_hand["code"], by_api["code"]
    # a stored 1.50 and a stored 1.5 are the same number
    assert anonymous(by_hand, "plan_code") == anonymous(by_api, "plan_code")


@pytest.mark.parametrize(
    ("answers", "field", "says"),
    [
        ({"name": ""}, "name", "required"),
        ({"code": "taken"}, "code", "taken already"),
        ({"amount": "12,50"}, "amount", "decimals with a point"),
        ({"amount": "12.505"}, "amount", "EUR has 2 decimals"),
        ({"amount": "NaN"}, "amount", "Enter a number"),
        ({"amount": "-1"}, "amount", "greater than or equal to 0"),
        ({"amount": "1e400"}, "amount", "Enter a number"),
        ({"amount": "999999999999999"}, "amount", "more than can be billed"),
        ({"amount_currency": "XXX"}, "amount_currency", "valid choice"),
        ({"interval": ""}, "interval", "Choose one"),
        ({"trial_period": "4000"}, "trial_period", "less than or equal"),
        ({"tax_codes": ["none"]}, "tax_codes", "valid choice"),
        ({"commitment": "0.001"}, "commitment", "EUR has 2 decimals"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field_and_what_was_typed_is_kept(desk, metrics, answers, field, says):
    desk.make(Plan, **{**GROWTH, "code": "taken"})

    page = desk.make(Plan, **{**GROWTH, **answers})

    assert says in str(page.context["form"].errors[field])
    assert page.context["form"]["trial_period"].value() == {**GROWTH, **answers}["trial_period"]
    assert [plan.code for plan in Plan.objects.all()] == ["taken"]


@pytest.mark.parametrize(
    ("answers", "field", "says"),
    [
        ({"metric": ""}, "metric", "Choose one"),
        ({"charge_model": "standard"}, "amount", "Write the price"),
        ({"charge_model": "standard", "amount": "0,05"}, "amount", "decimals with a point"),
        ({"charge_model": "graduated"}, "tiers", "Write the price"),
        ({"tiers-up_to": ["100", "50", ""]}, "tiers", "follow each other"),
        ({"tiers-from": ["5", "", ""]}, "tiers", "follow each other"),
        ({"tiers-up_to": ["100", "200", "300"]}, "tiers", "only the last one"),
        ({"tiers-unit_price": ["1", "x", "1"]}, "tiers", "Row 2, unit price (EUR): Enter a number."),
        ({"tiers-unit_price": ["1", "", "1"]}, "tiers", "Row 2, unit price (EUR): This field is required."),
        ({"charge_model": "volume", "pay_in_advance": "on"}, "pay_in_advance", "cannot be priced like this"),
        ({"charge_model": "dynamic"}, "charge_model", "cannot be priced like this"),
        ({"prorated": "on"}, "prorated", "recurring metric"),
        ({"pay_in_advance": "on", "invoiceable": "on", "min_amount": "5"}, "min_amount", "has no minimum"),
        ({"charge_model": "percentage", "rate": "1", "least": "5", "most": "1"}, "most", "less than the least"),
        ({"charge_model": "package", "amount": "1", "package_size": "0"}, "package_size", "at least one unit"),
        ({"shown_groups": "a, b, c"}, "shown_groups", "out of range"),
        ({"code": "taken"}, "code", "taken already"),
    ],
)
def test_a_price_that_cannot_be_is_refused_at_its_field(desk, metrics, answers, field, says):
    desk.make(Plan, **GROWTH)
    plan = Plan.objects.get()
    desk.act(plan, "add-charge", metric="calls", charge_model="standard", amount="1", code="taken")
    good = {"metric": "calls", "charge_model": "graduated", **TIERS}
    if answers.get("charge_model") in ("standard", "graduated"):
        good = {"metric": "calls"}

    page = desk.act(plan, "add-charge", **{**good, **answers})

    assert page.status_code == 200
    assert says in str(page.context["form"].errors[field])
    assert Charge.objects.count() == 1


def test_a_price_is_tried_beside_the_form(desk, metrics):
    desk.make(Plan, **GROWTH)

    shown = desk.rehearse(
        Plan.objects.get(), "add-charge", metric="calls", charge_model="graduated", try_units="1,250,000", **TIERS
    )

    # 1,000 free, 249,000 at 0.02 and a million at 0.0015, with 5 flat
    assert "1,250,000 units" in shown
    assert "EUR\xa06,485.00" in shown
    assert "1,001 to 250,000: EUR\xa00.02 each" in shown
    assert not Charge.objects.exists()


def test_charges_open_as_they_are_and_saving_them_changes_nothing(desk, metrics):
    test_a_plan_made_by_hand_with_rows_of_tiers_equals_one_made_over_the_api(desk, metrics)
    before = [desk.api("get", f"/plans/{code}") for code in ("growth", "api")]

    for plan in Plan.objects.all():
        desk.act(plan, "edit", **typed(desk.form(plan, "edit")))
        for row in (*plan.charges.all(), *ChargeFilter.objects.filter(charge__plan=plan), *plan.fixed_charges.all()):
            answer = desk.act(row, "edit", **typed(desk.form(row, "edit")))
            assert answer.status_code == 302, (row, answer.context["form"].errors)
            assert desk.page(row)

    assert [desk.api("get", f"/plans/{code}") for code in ("growth", "api")] == before


def test_a_plan_in_use_keeps_its_terms_and_cascades_to_the_prices_of_single_customers(desk, metrics):
    desk.make(Plan, **GROWTH)
    plan = Plan.objects.get()
    desk.act(plan, "add-charge", metric="calls", charge_model="standard", amount="1")
    desk.act(plan, "add-charge", metric="money", charge_model="standard", amount="2")
    desk.api("post", "/customers", {"customer": {"external_id": "c", "currency": "EUR"}})
    desk.api("post", "/subscriptions", {"subscription": {
        "external_customer_id": "c", "external_id": "s", "plan_code": "growth",
        "plan_overrides": {"charges": [{"code": "money", "id": str(Charge.objects.get(code="money").lago_id),
                                        "properties": {"amount": "9"}}]},
    }})  # fmt: skip
    desk.api("post", "/subscriptions", {"subscription": {
        "external_customer_id": "c", "external_id": "t", "plan_code": "growth"}})  # fmt: skip
    form = desk.form(plan, "edit")
    assert "interval" not in form.fields
    assert form["cascade_updates"].value() is True

    desk.act(plan, "edit", **{**typed(form), "name": "Bigger", "amount": "1600", "interval": "yearly"})
    for code in ("calls", "money"):
        charge = Charge.objects.get(plan=plan, code=code)
        desk.act(charge, "edit", **{**typed(desk.form(charge, "edit")), "amount": "3"})
    desk.act(plan, "add-charge", metric="own", charge_model="custom", cascade_updates="on")

    own = Plan.objects.get(parent=plan)
    plan.refresh_from_db()
    assert (plan.name, plan.amount_cents, plan.interval) == ("Bigger", 160000, "monthly")
    assert (own.name, own.amount_cents) == ("Bigger", 160000)
    prices = {charge.code: charge.properties.get("amount") for charge in own.charges.all()}
    assert prices == {"calls": "3", "money": "9", "own": None}
    assert "made for one customer" in str(desk.client.get(desk.address(own, "edit")).context["obstacle"])

    desk.act(Charge.objects.get(plan=plan, code="calls"), "remove", cascade_updates="on")
    assert {charge.code for charge in Charge.objects.live().filter(plan=own)} == {"money", "own"}


def test_filters_have_prices_of_their_own_and_go_again(desk, metrics):
    desk.make(Plan, **GROWTH)
    desk.act(Plan.objects.get(), "add-charge", metric="calls", charge_model="standard", amount="1")
    charge = Charge.objects.get()

    refused = desk.act(charge, "add-filter", amount="2")
    assert "Choose at least one value" in str(refused.context["form"].errors["values_0"])
    desk.act(charge, "add-filter", amount="2", values_0=["__ALL_FILTER_VALUES__", "eu"])
    row = ChargeFilter.objects.get()
    assert row.values == {"region": ["__ALL_FILTER_VALUES__"]}
    desk.act(row, "edit", amount="2.5", invoice_display_name="Anywhere")
    row.refresh_from_db()
    assert (row.properties, row.invoice_display_name) == ({"amount": "2.5"}, "Anywhere")
    assert "EUR\xa02.50 each" in desk.page(charge)

    desk.act(row, "remove")
    row.refresh_from_db()
    assert row.deleted_at is not None


def test_a_price_in_units_of_the_companys_own(desk, metrics):
    desk.api("post", "/pricing_units", {"pricing_unit": {"name": "Credits", "code": "credits", "short_name": "CR"}})
    desk.make(Plan, **GROWTH)
    plan = Plan.objects.get()

    refused = desk.act(plan, "add-charge", metric="calls", charge_model="standard", amount="1", pricing_unit="credits")
    assert "worth" in str(refused.context["form"].errors["conversion_rate"])
    desk.act(plan, "add-charge", metric="calls", charge_model="standard", amount="1", pricing_unit="credits",
             conversion_rate="0.5")  # fmt: skip

    charge = Charge.objects.get()
    assert (charge.pricing_unit.code, charge.conversion_rate) == ("credits", 0.5)
    desk.act(charge, "edit", **{**typed(desk.form(charge, "edit")), "conversion_rate": "0.25"})
    charge.refresh_from_db()
    assert charge.conversion_rate == 0.25
    shown = desk.client.get(f"/admin/plans/plan/{plan.pk}/calculator/", {f"u{charge.pk}_0": "10"}).content.decode()
    assert "CR\xa010.00 at EUR\xa00.25" in shown
    assert "EUR\xa02.50" in shown


def test_a_deleted_plan_cannot_be_changed_any_more(desk, metrics):
    desk.make(Plan, **GROWTH)
    plan = Plan.objects.get()

    desk.act(plan, "delete")

    plan.refresh_from_db()
    assert plan.pending_deletion
    assert Activity.objects.filter(type="plan.deleted", actor_kind="staff").exists()
    desk.act(plan, "edit", **{**GROWTH, "name": "Other"})
    plan.refresh_from_db()
    assert plan.name == "Growth"
