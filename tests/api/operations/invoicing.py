from tests.api.operations.row import Row

ROWS = [
    Row("PUT", "fees/<uuid:lago_id>", "fees/${fee_alone}", {"fee": {"payment_status": "succeeded"}}),
    Row("DELETE", "fees/<uuid:lago_id>", "fees/${fee_alone}"),
    Row(
        "POST",
        "events/estimate_fees",
        body={"event": {"code": "calls", "external_subscription_id": "sub", "properties": {"region": "eu"}}},
    ),
    Row("POST", "invoices/<uuid:lago_id>/download", "invoices/${invoice}/download"),
    Row("POST", "invoices/<uuid:lago_id>/download_pdf", "invoices/${invoice}/download_pdf"),
    Row(
        "POST",
        "invoices/<uuid:lago_id>/resend_email",
        "invoices/${invoice}/resend_email",
        {"to": ["a@example.com"], "cc": ["b@example.com"], "bcc": ["c@example.com"]},
    ),
    Row(
        "POST",
        "subscriptions/<str:external_id>/preview_change",
        "subscriptions/sub/preview_change",
        {"subscription": {"plan_code": "pro", "plan_change": {"at": "now", "prorate": False}}},
    ),
]
