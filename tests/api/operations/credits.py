from tests.api.operations.row import Row

COUPON = {
    "name": "Welcome", "code": "welcome", "description": "For new customers", "coupon_type": "fixed_amount",
    "amount_cents": 500, "amount_currency": "EUR", "frequency": "recurring", "frequency_duration": 3,
    "reusable": False, "expiration": "time_limit", "expiration_at": "2030-01-01T00:00:00Z",
    "applies_to": {"plan_codes": ["pro"]},
}  # fmt: skip
APPLIED = {
    "external_customer_id": "cust", "coupon_code": "ten", "frequency": "once", "amount_cents": 100,
    "amount_currency": "EUR",
}  # fmt: skip

WALLET = {
    "name": "Prepaid", "code": "prepaid", "priority": 3, "rate_amount": "1.5", "currency": "EUR", "paid_credits": "10",
    "granted_credits": "5", "expiration_at": "2099-01-01T00:00:00Z", "invoice_requires_successful_payment": False,
    "billing_entity_code": "${entity}", "purchase_order_number": "PO-1", "paid_top_up_min_amount_cents": 100,
    "paid_top_up_max_amount_cents": 100000, "ignore_paid_top_up_limits_on_creation": False,
    "transaction_name": "First", "transaction_priority": 2, "transaction_metadata": [{"key": "a", "value": "b"}],
    "payment_method": {"payment_method_type": "manual", "payment_method_id": None},
    "applies_to": {"fee_types": ["charge"], "billable_metric_codes": ["requests"]}, "metadata": {"a": "b"},
    "recurring_transaction_rules": [{
        "trigger": "interval", "method": "fixed", "interval": "monthly", "paid_credits": "10", "granted_credits": "1",
        "threshold_credits": "5", "target_ongoing_balance": "20", "grants_target_top_up": False,
        "started_at": "2030-01-01T00:00:00Z", "expiration_at": "2099-01-01T00:00:00Z",
        "invoice_requires_successful_payment": False, "ignore_paid_top_up_limits": True, "transaction_name": "Refill",
        "transaction_metadata": [{"key": "a", "value": "b"}], "purchase_order_number": "PO-2",
    }],
}  # fmt: skip
CREATED_ONLY = {
    "rate_amount", "currency", "paid_credits", "granted_credits", "ignore_paid_top_up_limits_on_creation",
    "transaction_name", "transaction_priority", "transaction_metadata",
}  # fmt: skip
CHANGES = {key: value for key, value in WALLET.items() if key not in CREATED_ONLY}
TOP_UP = {
    "wallet_id": "${wallet}", "paid_credits": "10", "granted_credits": "5", "voided_credits": "1", "name": "More",
    "priority": 3, "purchase_order_number": "PO-1", "invoice_requires_successful_payment": False,
    "ignore_paid_top_up_limits": True, "metadata": [{"key": "a", "value": "b"}],
    "payment_method": {"payment_method_type": "provider", "payment_method_id": None},
}  # fmt: skip
DEAL = {
    "code": "winter", "name": "Winter batch", "description": "For start-ups", "redemption_codes": ["WINTER24"],
    "email_domains": ["example.org"], "external_customer_ids": ["cust"], "max_redemptions": 100, "max_per_customer": 2,
    "expiration_at": "2099-01-01T00:00:00Z", "currency": "EUR", "granted_credits": "500.5", "credits_days": 90,
    "discount": {"coupon_type": "fixed_amount", "amount_cents": 500, "amount_currency": "EUR",
                 "frequency": "recurring", "frequency_duration": 3},
    "trial_days": 14, "plan_code": "pro", "subscribes": True,
    "plan_overrides": {
        "amount_cents": 500,
        "charges": [{"code": "requests", "min_amount_cents": 10, "properties": {"amount": "0.5"},
                     "filters": [{"values": {"region": ["us"]}, "properties": {"amount": "1.5"}}]}],
        "fixed_charges": [{"code": "support", "properties": {"amount": "4"}}],
    },
}  # fmt: skip
REDEEMED = {"redemption_code": "open", "external_subscription_id": "sub"}
REDEMPTIONS = "customers/<str:external_id>/deal_redemptions"
NESTED = "customers/<str:external_id>/wallets"

ROWS = [
    Row("POST", "coupons", body={"coupon": COUPON}),
    Row("PUT", "coupons/<path:code>", "coupons/ten", {"coupon": COUPON}),
    Row("DELETE", "coupons/<path:code>", "coupons/ten"),
    Row("POST", "applied_coupons", body={"applied_coupon": APPLIED}),
    Row(
        "DELETE",
        "customers/<str:external_id>/applied_coupons/<uuid:lago_id>",
        "customers/cust/applied_coupons/${applied_coupon}",
    ),
    Row("POST", "deals", body={"deal": DEAL}),
    Row("PUT", "deals/<path:code>", "deals/startup", {"deal": DEAL}),
    Row("DELETE", "deals/<path:code>", "deals/startup"),
    Row(
        "POST",
        "deals/<path:code>/redeem",
        "deals/startup/redeem",
        {"deal_redemption": {**REDEEMED, "external_customer_id": "cust"}},
    ),
    Row("POST", REDEMPTIONS, "customers/cust/deal_redemptions", {"deal_redemption": REDEEMED}),
    Row("DELETE", f"{REDEMPTIONS}/<uuid:lago_id>", "customers/cust/deal_redemptions/${deal_redemption}"),
    Row("POST", "wallets", body={"wallet": {**WALLET, "external_customer_id": "cust"}}),
    Row("PUT", "wallets/<uuid:lago_id>", "wallets/${wallet}", {"wallet": CHANGES}),
    Row("DELETE", "wallets/<uuid:lago_id>", "wallets/${wallet}"),
    Row("POST", "wallets/<uuid:lago_id>/metadata", "wallets/${wallet}/metadata", {"metadata": {"a": "b"}}),
    Row("PATCH", "wallets/<uuid:lago_id>/metadata", "wallets/${wallet}/metadata", {"metadata": {"a": "b"}}),
    Row("DELETE", "wallets/<uuid:lago_id>/metadata", "wallets/${wallet}/metadata"),
    Row("DELETE", "wallets/<uuid:lago_id>/metadata/<str:key>", "wallets/${wallet}/metadata/kept"),
    Row("POST", NESTED, "customers/cust/wallets", {"wallet": WALLET}),
    Row("PUT", f"{NESTED}/<str:code>", "customers/cust/wallets/main", {"wallet": CHANGES}),
    Row("DELETE", f"{NESTED}/<str:code>", "customers/cust/wallets/main"),
    Row("POST", f"{NESTED}/<str:code>/metadata", "customers/cust/wallets/main/metadata", {"metadata": {"a": "b"}}),
    Row("PATCH", f"{NESTED}/<str:code>/metadata", "customers/cust/wallets/main/metadata", {"metadata": {"a": "b"}}),
    Row("DELETE", f"{NESTED}/<str:code>/metadata", "customers/cust/wallets/main/metadata"),
    Row("DELETE", f"{NESTED}/<str:code>/metadata/<str:key>", "customers/cust/wallets/main/metadata/kept"),
    Row("POST", "wallet_transactions", body={"wallet_transaction": TOP_UP}),
]
