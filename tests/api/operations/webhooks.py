from tests.api.operations.row import Row

ENDPOINT = {
    "webhook_url": "https://hooks.example.com/a", "signature_algo": "hmac", "name": "Production",
    "event_types": ["invoice.created", "customer.created"],
}  # fmt: skip
ALERT = {
    "alert_type": "billable_metric_current_usage_units", "code": "units", "name": "Much used",
    "billable_metric_code": "requests",
    "thresholds": [{"value": "99.5", "code": "warn", "recurring": False}, {"value": 10, "recurring": True}],
}  # fmt: skip
WALLET_ALERT = {key: value for key, value in ALERT.items() if key != "billable_metric_code"} | {
    "alert_type": "wallet_credits_balance"
}
CHANGES = {key: value for key, value in WALLET_ALERT.items() if key != "alert_type"}
OF_SUBSCRIPTION = "subscriptions/<str:external_id>/alerts"
OF_WALLET = "customers/<str:external_id>/wallets/<str:wallet_code>/alerts"

ROWS = [
    Row("POST", "webhook_endpoints", body={"webhook_endpoint": ENDPOINT}),
    Row(
        "PUT",
        "webhook_endpoints/<uuid:lago_id>",
        "webhook_endpoints/${webhook_endpoint}",
        {"webhook_endpoint": ENDPOINT},
    ),
    Row("DELETE", "webhook_endpoints/<uuid:lago_id>", "webhook_endpoints/${webhook_endpoint}"),
    Row("POST", OF_SUBSCRIPTION, "subscriptions/sub/alerts", {"alert": ALERT}),
    Row("PUT", f"{OF_SUBSCRIPTION}/<str:code>", "subscriptions/sub/alerts/usage", {"alert": CHANGES}),
    Row("DELETE", OF_SUBSCRIPTION, "subscriptions/sub/alerts"),
    Row("DELETE", f"{OF_SUBSCRIPTION}/<str:code>", "subscriptions/sub/alerts/usage"),
    Row("POST", OF_WALLET, "customers/cust/wallets/main/alerts", {"alerts": [WALLET_ALERT]}),
    Row("PUT", f"{OF_WALLET}/<str:code>", "customers/cust/wallets/main/alerts/low", {"alert": CHANGES}),
    Row("DELETE", OF_WALLET, "customers/cust/wallets/main/alerts"),
    Row("DELETE", f"{OF_WALLET}/<str:code>", "customers/cust/wallets/main/alerts/low"),
]
