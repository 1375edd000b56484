"""Which metrics may be priced how, told over the API (tables 1.5 and 1.6)."""

import pytest

METRICS = {
    "sum": {"aggregation_type": "sum_agg", "field_name": "n"},
    "seats": {"aggregation_type": "sum_agg", "field_name": "n", "recurring": True},
    "level": {
        "aggregation_type": "weighted_sum_agg", "field_name": "n", "recurring": True, "weighted_interval": "seconds",
    },
    "peak": {"aggregation_type": "max_agg", "field_name": "n"},
    "latest": {"aggregation_type": "latest_agg", "field_name": "n"},
    "calls": {"aggregation_type": "count_agg"},
}  # fmt: skip
RANGE = {"from_value": 0, "to_value": None, "flat_amount": "0"}
PROPERTIES = {
    "standard": {"amount": "1"},
    "package": {"amount": "1", "package_size": 10, "free_units": 0},
    "percentage": {"rate": "1"},
    "graduated": {"graduated_ranges": [RANGE | {"per_unit_amount": "1"}]},
    "volume": {"volume_ranges": [RANGE | {"per_unit_amount": "1"}]},
    "graduated_percentage": {"graduated_percentage_ranges": [RANGE | {"rate": "1"}]},
    "dynamic": {},
}
PLAN = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 0, "amount_currency": "EUR"}
ADVANCE, DAYS = {"pay_in_advance": True}, {"prorated": True}
NOT_IN_ADVANCE = {"pay_in_advance": ["invalid_aggregation_type_or_charge_model"]}
NOT_BY_DAYS = {"prorated": ["invalid_billable_metric_or_charge_model"]}


@pytest.fixture
def priced(world):
    def priced(metric, model, flags):
        body = {"name": metric, "code": metric} | METRICS[metric]
        made = world.post("/billable_metrics", {"billable_metric": body})["billable_metric"]
        charge = {"billable_metric_id": made["lago_id"], "charge_model": model, "properties": PROPERTIES[model]}
        return world.post("/plans", {"plan": PLAN | {"charges": [charge | flags]}}, status=None)

    return priced


@pytest.mark.parametrize(
    ("metric", "model", "flags", "errors"),
    [
        ("seats", "standard", DAYS | ADVANCE, None),
        ("seats", "volume", DAYS, None),
        ("seats", "graduated", DAYS, None),
        ("latest", "graduated", {}, None),
        ("sum", "standard", DAYS, NOT_BY_DAYS),
        ("level", "standard", DAYS, NOT_BY_DAYS),
        ("seats", "package", DAYS, NOT_BY_DAYS),
        ("seats", "graduated", DAYS | ADVANCE, NOT_BY_DAYS),
        ("sum", "volume", ADVANCE, NOT_IN_ADVANCE),
        ("peak", "standard", ADVANCE, NOT_IN_ADVANCE),
        ("latest", "standard", ADVANCE, NOT_IN_ADVANCE),
        ("level", "standard", ADVANCE, NOT_IN_ADVANCE),
        ("calls", "dynamic", {}, {"charge_model": ["invalid_aggregation_type_or_charge_model"]}),
        ("latest", "percentage", {}, {"properties": ["invalid_value"]}),
        ("latest", "graduated_percentage", {}, {"properties": ["invalid_value"]}),
        ("sum", "standard", {"invoiceable": False}, {"invoiceable": ["must_be_true_unless_pay_in_advance"]}),
        ("sum", "standard", ADVANCE | {"regroup_paid_fees": "invoice"},
         {"regroup_paid_fees": ["only_compatible_with_pay_in_advance_and_non_invoiceable"]}),
        ("sum", "standard", ADVANCE | {"min_amount_cents": 1},
         {"min_amount_cents": ["not_compatible_with_pay_in_advance"]}),
    ],
)  # fmt: skip
def test_what_may_be_priced_how(priced, metric, model, flags, errors):
    assert priced(metric, model, flags).get("error_details") == errors


@pytest.mark.parametrize(
    ("interval", "given", "shown"),
    [("monthly", {"bill_charges_monthly": True}, None), ("yearly", {}, False), ("semiannual", {}, False),
     ("yearly", {"bill_charges_monthly": True}, True), ("yearly", {"bill_charges_monthly": None}, False)],
)  # fmt: skip
def test_charges_are_billed_monthly_or_not_on_long_intervals_alone(world, interval, given, shown):
    plan = world.post("/plans", {"plan": PLAN | {"interval": interval} | given})["plan"]

    assert plan["bill_charges_monthly"] is shown
