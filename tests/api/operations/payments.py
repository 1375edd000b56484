from tests.api.operations.row import Row

PAYMENT = {
    "invoice_id": "${one_off}", "amount_cents": 40, "reference": "transfer", "paid_at": "2024-03-04T00:00:00Z",
}  # fmt: skip
PAYMENT_REQUEST = {"external_customer_id": "cust", "email": "a@example.com", "lago_invoice_ids": ["${overdue}"]}
METHOD = "customers/<str:external_id>/payment_methods/<uuid:lago_id>"

ROWS = [
    Row("POST", "payments", body={"payment": PAYMENT}),
    Row("POST", "payment_requests", body={"payment_request": PAYMENT_REQUEST}),
    Row(
        "POST",
        "payment_requests/<uuid:lago_id>/payment_url",
        "payment_requests/${payment_request}/payment_url",
        status=422,
    ),
    Row("POST", "payment_receipts/<uuid:lago_id>/download", "payment_receipts/${receipt}/download"),
    Row(
        "POST",
        "payment_receipts/<uuid:lago_id>/resend_email",
        "payment_receipts/${receipt}/resend_email",
        {"to": ["a@example.com"], "cc": ["b@example.com"], "bcc": ["c@example.com"]},
    ),
    Row("DELETE", METHOD, "customers/slow/payment_methods/${method}"),
    Row("PUT", f"{METHOD}/set_as_default", "customers/slow/payment_methods/${method}/set_as_default"),
    Row("POST", "customers/<str:external_id>/checkout_url", "customers/cust/checkout_url", status=422),
    Row("POST", "invoices/<uuid:lago_id>/payment_url", "invoices/${overdue}/payment_url", status=422),
    Row("POST", "invoices/<uuid:lago_id>/retry_payment", "invoices/${overdue}/retry_payment"),
    Row(
        "POST",
        "wallet_transactions/<uuid:lago_id>/payment_url",
        "wallet_transactions/${top_up}/payment_url",
        status=405,
    ),
]
