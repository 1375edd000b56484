from tests.api.operations.row import Row

PAYMENT = {
    "invoice_id": "${one_off}", "amount_cents": 40, "reference": "transfer", "paid_at": "2024-03-04T00:00:00Z",
}  # fmt: skip
PAYMENT_REQUEST = {"external_customer_id": "cust", "email": "a@example.com", "lago_invoice_ids": ["${overdue}"]}

ROWS = [
    Row("POST", "payments", body={"payment": PAYMENT}),
    Row("POST", "payment_requests", body={"payment_request": PAYMENT_REQUEST}),
    Row("POST", "payment_receipts/<uuid:lago_id>/download", "payment_receipts/${receipt}/download"),
    Row(
        "POST",
        "payment_receipts/<uuid:lago_id>/resend_email",
        "payment_receipts/${receipt}/resend_email",
        {"to": ["a@example.com"], "cc": ["b@example.com"], "bcc": ["c@example.com"]},
    ),
]
