"""The table of reading operations: each route with an address in the world of tests/api/world.py that answers 200."""

_PLAN, _SUBSCRIPTION, _CUSTOMER = "plans/pro", "subscriptions/sub", "customers/cust"
_FILTERS = "charges/<path:charge_code>/filters"
_WALLET = "customers/<str:external_id>/wallets/<str:wallet_code>"

# Routes without parameters are read at themselves.
_PLAIN = (
    "activity_logs", "add_ons", "analytics/gross_revenue", "analytics/invoice_collection", "analytics/invoiced_usage",
    "analytics/mrr", "analytics/overdue_balance", "analytics/usage", "api_logs", "applied_coupons",
    "billable_metrics", "billing_entities", "coupons", "credit_notes", "customers", "deals", "events", "features",
    "fees", "invoice_custom_sections", "invoices", "late_usages", "organizations",
    "payment_receipts", "payment_requests", "payments",
    "plans", "pricing_units", "subscriptions", "taxes", "wallets", "webhook_endpoints", "webhooks/json_public_key",
    "webhooks/public_key",
)  # fmt: skip
_ASKED_FOR = {
    "activity_logs/<uuid:activity_id>": "activity_logs/${activity}",
    "add_ons/<path:code>": "add_ons/setup",
    "api_logs/<uuid:request_id>": "api_logs/${api_log}",
    "billable_metrics/<path:code>": "billable_metrics/requests",
    "billing_entities/<path:code>": "billing_entities/${entity}",
    "coupons/<path:code>": "coupons/ten",
    "deals/<path:code>": "deals/startup",
    "deals/<path:code>/redemptions": "deals/startup/redemptions",
    "credit_notes/<uuid:lago_id>": "credit_notes/${credit_note}",
    "events/<str:transaction_id>": "events/alone",
    "features/<str:code>": "features/seats",
    "fees/<uuid:lago_id>": "fees/${fee}",
    "fees/<uuid:lago_id>/explain": "fees/${fee}/explain",
    "invoice_custom_sections/<path:code>": "invoice_custom_sections/bank",
    "invoices/<uuid:lago_id>": "invoices/${invoice}",
    "late_usages/<uuid:lago_id>": "late_usages/${late_usage}",
    "payment_receipts/<uuid:lago_id>": "payment_receipts/${receipt}",
    "payment_requests/<uuid:lago_id>": "payment_requests/${payment_request}",
    "payments/<uuid:lago_id>": "payments/${payment}",
    "pricing_units/<path:code>": "pricing_units/coins",
    "taxes/<path:code>": "taxes/vat",
    "wallet_transactions/<uuid:lago_id>": "wallet_transactions/${top_up}",
    "wallet_transactions/<uuid:lago_id>/consumptions": "wallet_transactions/${top_up}/consumptions",
    "wallet_transactions/<uuid:lago_id>/fundings": "wallet_transactions/${spent}/fundings",
    "wallets/<uuid:lago_id>": "wallets/${wallet}",
    "wallets/<uuid:lago_id>/wallet_transactions": "wallets/${wallet}/wallet_transactions",
    "webhook_endpoints/<uuid:lago_id>": "webhook_endpoints/${webhook_endpoint}",
}
_OF_CUSTOMERS = {
    "customers/<str:external_id>": _CUSTOMER,
    **{
        f"customers/<str:external_id>/{name}": f"{_CUSTOMER}/{name}"
        for name in ("applied_coupons", "credit_notes", "invoices", "payment_requests", "payments", "subscriptions")
    },
    **{
        f"customers/<str:external_id>/{name}": f"{_CUSTOMER}/{name}?external_subscription_id=sub"
        for name in ("current_usage", "past_usage", "projected_usage")
    },
    "customers/<str:external_id>/payment_methods": "customers/slow/payment_methods",
    "customers/<str:external_id>/portal_url": f"{_CUSTOMER}/portal_url",
    "customers/<str:external_id>/upcoming_invoice": f"{_CUSTOMER}/upcoming_invoice",
    "customers/<str:external_id>/deal_redemptions": f"{_CUSTOMER}/deal_redemptions",
    "customers/<str:external_id>/deal_redemptions/<uuid:lago_id>": (
        f"{_CUSTOMER}/deal_redemptions/${{deal_redemption}}"
    ),
    "customers/<str:external_id>/wallets": f"{_CUSTOMER}/wallets",
    "customers/<str:external_id>/wallets/<str:code>": f"{_CUSTOMER}/wallets/main",
    f"{_WALLET}/alerts": f"{_CUSTOMER}/wallets/main/alerts",
    f"{_WALLET}/alerts/<str:code>": f"{_CUSTOMER}/wallets/main/alerts/low",
}
_OF_PLANS = {
    "plans/<path:code>": _PLAN,
    "plans/<path:code>/charges": f"{_PLAN}/charges",
    "plans/<path:code>/charges/<path:charge_code>": f"{_PLAN}/charges/${{charge}}",
    f"plans/<path:code>/{_FILTERS}": f"{_PLAN}/charges/${{charge}}/filters",
    f"plans/<path:code>/{_FILTERS}/<uuid:lago_id>": f"{_PLAN}/charges/${{charge}}/filters/${{filter}}",
    "plans/<str:plan_code>/entitlements": f"{_PLAN}/entitlements",
    "plans/<str:plan_code>/entitlements/<str:code>": f"{_PLAN}/entitlements/seats",
    "plans/<str:plan_code>/fixed_charges": f"{_PLAN}/fixed_charges",
    "plans/<str:plan_code>/fixed_charges/<str:code>": f"{_PLAN}/fixed_charges/support",
}
_OF_SUBSCRIPTIONS = {
    "subscriptions/<str:external_id>": _SUBSCRIPTION,
    **{
        f"subscriptions/<str:external_id>/{name}": f"{_SUBSCRIPTION}/{name}"
        for name in ("alerts", "charges", "entitlements", "fixed_charges", "lifetime_usage")
    },
    "subscriptions/<str:external_id>/alerts/<str:code>": f"{_SUBSCRIPTION}/alerts/usage",
    "subscriptions/<str:external_id>/charges/<path:charge_code>": f"{_SUBSCRIPTION}/charges/${{charge}}",
    f"subscriptions/<str:external_id>/{_FILTERS}": f"{_SUBSCRIPTION}/charges/${{charge}}/filters",
    f"subscriptions/<str:external_id>/{_FILTERS}/<uuid:lago_id>": (
        f"{_SUBSCRIPTION}/charges/${{charge}}/filters/${{filter}}"
    ),
    "subscriptions/<str:external_id>/fixed_charges/<str:code>": f"{_SUBSCRIPTION}/fixed_charges/support",
}

READS: dict[str, str] = {
    **{route: route for route in _PLAIN},
    **_ASKED_FOR,
    **_OF_CUSTOMERS,
    **_OF_PLANS,
    **_OF_SUBSCRIPTIONS,
}
