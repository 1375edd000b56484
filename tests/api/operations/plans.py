from tests.api.operations.row import Row

CHARGE = {"billable_metric_id": "${metric}", "code": "calls", "charge_model": "standard", "invoiceable": True,
          "invoice_display_name": "Calls", "tax_codes": ["vat"],
          "properties": {"amount": "0.5", "presentation_group_keys": [
              {"value": "region", "options": {"display_in_invoice": True}}]}}  # fmt: skip
FILTER = {"invoice_display_name": "Europe", "properties": {"amount": "3"}, "values": {"region": ["eu"]}}
FIXED_CHARGE = {
    "add_on_code": "setup", "code": "seats", "charge_model": "standard", "units": "3", "pay_in_advance": False,
    "prorated": False, "invoice_display_name": "Seats", "properties": {"amount": "10"}, "tax_codes": ["vat"],
}  # fmt: skip
ADD_ON = {"name": "Training", "code": "training", "invoice_display_name": "A day of training", "description": "On site",
          "amount_cents": 5000, "amount_currency": "EUR", "tax_codes": ["vat"]}  # fmt: skip
PLAN = {
    "name": "Team", "code": "team", "invoice_display_name": "Team plan", "description": "For teams",
    "interval": "monthly", "amount_cents": 1000, "amount_currency": "EUR", "trial_period": 3.5,
    "pay_in_advance": True, "tax_codes": ["vat"], "metadata": {"tier": "b"},
    "usage_thresholds": [{"amount_cents": 1000, "threshold_display_name": "First"},
                         {"amount_cents": 500, "recurring": True}],
    "charges": [
        CHARGE,
        {**CHARGE, "code": "tiers", "charge_model": "graduated", "properties": {"graduated_ranges": [
            {"from_value": 0, "to_value": 10, "per_unit_amount": "1", "flat_amount": "2"},
            {"from_value": 11, "to_value": None, "per_unit_amount": "0.5", "flat_amount": "0"},
        ]}},
    ],
}  # fmt: skip
SUBSCRIPTION = {
    "external_customer_id": "cust", "external_id": "second", "plan_code": "pro", "name": "Second",
    "billing_time": "anniversary", "subscription_at": "2024-03-01T00:00:00Z", "ending_at": "2026-03-01T00:00:00Z",
    "on_termination_invoice": "generate", "consolidate_invoice": True, "purchase_order_number": "PO-1",
    "activation_rules": [{"type": "payment", "timeout_hours": 48}], "progressive_billing_disabled": False,
    "usage_thresholds": [{"amount_cents": 700, "recurring": False}],
}  # fmt: skip

# fmt: off
INSTANT = {"code": "calls", "external_subscription_id": "sub", "transaction_id": "t-9", "properties": {"region": "eu"}}

ROWS = [
    Row("POST", "events/estimate_instant_fees", body={"event": INSTANT}),
    Row("POST", "events/batch_estimate_instant_fees", body={"events": [INSTANT, {"event": INSTANT}]}),
    Row("POST", "plans", body={"plan": PLAN}),
    Row("PUT", "plans/<path:code>", "plans/pro", {"plan": PLAN}),
    Row("DELETE", "plans/<path:code>", "plans/pro"),
    Row(
        "POST", "pricing_units",
        body={"pricing_unit": {"code": "credits", "name": "Credits", "short_name": "CR", "description": "Prepaid"}},
    ),
    Row("PUT", "pricing_units/<path:code>", "pricing_units/coins", {"pricing_unit": {"name": "Coins"}}),
    Row("POST", "add_ons", body={"add_on": ADD_ON}),
    Row("PUT", "add_ons/<path:code>", "add_ons/setup", {"add_on": ADD_ON}),
    Row("DELETE", "add_ons/<path:code>", "add_ons/setup"),
    Row("POST", "plans/<path:code>/charges", "plans/pro/charges", {"charge": {**CHARGE, "filters": [FILTER]}}),
    Row(
        "PUT", "plans/<path:code>/charges/<path:charge_code>", "plans/pro/charges/requests",
        {"charge": {"invoice_display_name": "Calls", "properties": {"amount": "2"}, "filters": [FILTER]}},
    ),
    Row("DELETE", "plans/<path:code>/charges/<path:charge_code>", "plans/pro/charges/requests"),
    Row(
        "POST", "plans/<path:code>/charges/<path:charge_code>/filters", "plans/pro/charges/requests/filters",
        {"filter": FILTER},
    ),
    Row(
        "PUT", "plans/<path:code>/charges/<path:charge_code>/filters/<uuid:lago_id>",
        "plans/pro/charges/requests/filters/${filter}", {"filter": FILTER},
    ),
    Row(
        "DELETE", "plans/<path:code>/charges/<path:charge_code>/filters/<uuid:lago_id>",
        "plans/pro/charges/requests/filters/${filter}",
    ),
    Row("POST", "plans/<str:plan_code>/fixed_charges", "plans/pro/fixed_charges", {"fixed_charge": FIXED_CHARGE}),
    Row(
        "PUT", "plans/<str:plan_code>/fixed_charges/<str:code>", "plans/pro/fixed_charges/support",
        {"fixed_charge": {"units": "5", "invoice_display_name": "Support", "properties": {"amount": "20"}}},
    ),
    Row("DELETE", "plans/<str:plan_code>/fixed_charges/<str:code>", "plans/pro/fixed_charges/support"),
    Row(
        "PUT", "subscriptions/<str:external_id>/fixed_charges/<str:code>", "subscriptions/sub/fixed_charges/support",
        {"fixed_charge": {"units": "7"}},
    ),
    Row(
        "PUT", "subscriptions/<str:external_id>/charges/<path:charge_code>", "subscriptions/sub/charges/requests",
        {"charge": {"invoice_display_name": "Calls", "min_amount_cents": 100, "properties": {"amount": "2"},
                    "filters": [FILTER], "tax_codes": ["vat"]}},
    ),
    Row(
        "POST", "subscriptions/<str:external_id>/charges/<path:charge_code>/filters",
        "subscriptions/sub/charges/requests/filters", {"filter": FILTER},
    ),
    Row(
        "PUT", "subscriptions/<str:external_id>/charges/<path:charge_code>/filters/<uuid:lago_id>",
        "subscriptions/sub/charges/requests/filters/${filter}", {"filter": FILTER},
    ),
    Row(
        "DELETE", "subscriptions/<str:external_id>/charges/<path:charge_code>/filters/<uuid:lago_id>",
        "subscriptions/sub/charges/requests/filters/${filter}",
    ),
    Row("POST", "subscriptions", body={"subscription": SUBSCRIPTION}),
    Row(
        "PUT",
        "subscriptions/<str:external_id>",
        "subscriptions/sub",
        {"subscription": {"name": "Renamed", "ending_at": "2025-01-01T00:00:00Z", "progressive_billing_disabled": True,
                          "usage_thresholds": [{"amount_cents": 700, "threshold_display_name": "Own"}],
                          "plan_overrides": {"usage_thresholds": [{"amount_cents": 900}]}}},
    ),
    Row("DELETE", "subscriptions/<str:external_id>", "subscriptions/sub"),
    Row(
        "POST", "subscriptions/<str:external_id>/pause", "subscriptions/sub/pause",
        {"subscription": {"credit_unused": True}},
    ),
    Row("POST", "subscriptions/<str:external_id>/resume", "subscriptions/paused/resume"),
]
# fmt: on
