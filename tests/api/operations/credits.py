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
]
