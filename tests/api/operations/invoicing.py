from tests.api.operations.row import Row

CREDIT_NOTE = {
    "invoice_id": "${invoice}", "reason": "other", "description": "Not delivered", "credit_amount_cents": 9,
    "refund_amount_cents": 0, "offset_amount_cents": 0, "items": [{"fee_id": "${fee}", "amount_cents": 10}],
    "metadata": {"ticket": "9"},
}  # fmt: skip
ONE_OFF = {
    "external_customer_id": "cust", "currency": "EUR", "billing_entity_code": "${entity}",
    "purchase_order_number": "PO-2",
    "invoice_custom_section": {"skip_invoice_custom_sections": False, "invoice_custom_section_codes": ["bank"]},
    "fees": [{
        "add_on_code": "setup", "units": "1.5", "unit_amount_cents": 333, "description": "Twice", "tax_codes": ["vat"],
        "invoice_display_name": "Set up", "from_datetime": "2024-03-01T00:00:00Z",
        "to_datetime": "2024-03-31T00:00:00Z",
    }],
}  # fmt: skip
PREVIEW = {
    "customer": {
        "external_id": "cust", "name": "Cust", "currency": "EUR", "timezone": "Europe/Paris", "country": "FR",
        "shipping_address": {"city": "Paris"},
    },
    "plan_code": "pro", "billing_time": "calendar", "subscription_at": "2024-03-01T00:00:00Z",
    "billing_entity_code": "${entity}",
    "coupons": [{
        "code": "try", "name": "Try", "coupon_type": "percentage", "percentage_rate": "10", "frequency": "once",
        "amount_cents": None, "amount_currency": None, "frequency_duration": None,
    }],
}  # fmt: skip
ROWS = [
    Row(
        "PUT",
        "subscriptions/<str:external_id>/lifetime_usage",
        "subscriptions/sub/lifetime_usage",
        {"lifetime_usage": {"external_historical_usage_amount_cents": 500}},
    ),
    Row("PUT", "fees/<uuid:lago_id>", "fees/${fee_alone}", {"fee": {"payment_status": "succeeded"}}),
    Row("DELETE", "fees/<uuid:lago_id>", "fees/${fee_alone}"),
    Row(
        "POST",
        "events/estimate_fees",
        body={"event": {"code": "calls", "external_subscription_id": "sub", "properties": {"region": "eu"}}},
    ),
    Row(
        "PUT",
        "late_usages/<uuid:lago_id>",
        "late_usages/${late_usage}",
        {"late_usage": {"status": "waiting"}},
    ),
    Row("POST", "invoices/<uuid:lago_id>/download", "invoices/${one_off}/download"),
    Row("POST", "invoices/<uuid:lago_id>/download_pdf", "invoices/${one_off}/download_pdf"),
    Row("POST", "invoices/<uuid:lago_id>/download_xml", "invoices/${one_off}/download_xml"),
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
    Row(
        "PUT",
        "invoices/<uuid:lago_id>",
        "invoices/${invoice}",
        {"invoice": {"payment_status": "failed", "metadata": [{"key": "order", "value": "A1"}]}},
    ),
    Row("POST", "invoices/<uuid:lago_id>/lose_dispute", "invoices/${invoice}/lose_dispute"),
    Row("PUT", "invoices/<uuid:lago_id>/lose_dispute", "invoices/${invoice}/lose_dispute"),
    Row("POST", "credit_notes", body={"credit_note": CREDIT_NOTE}),
    Row(
        "POST",
        "credit_notes/estimate",
        body={"credit_note": {name: CREDIT_NOTE[name] for name in ("invoice_id", "items")}},
    ),
    Row(
        "PUT",
        "credit_notes/<uuid:lago_id>",
        "credit_notes/${credit_note}",
        {"credit_note": {"metadata": {"ticket": "8"}}},
    ),
    Row("POST", "credit_notes/<uuid:lago_id>/download", "credit_notes/${credit_note}/download"),
    Row("POST", "credit_notes/<uuid:lago_id>/download_pdf", "credit_notes/${credit_note}/download_pdf"),
    Row("POST", "credit_notes/<uuid:lago_id>/download_xml", "credit_notes/${credit_note}/download_xml"),
    Row("PUT", "credit_notes/<uuid:lago_id>/void", "credit_notes/${credit_note}/void"),
    Row(
        "POST",
        "credit_notes/<uuid:lago_id>/metadata",
        "credit_notes/${credit_note}/metadata",
        {"metadata": {"ticket": "8"}},
    ),
    Row(
        "PATCH",
        "credit_notes/<uuid:lago_id>/metadata",
        "credit_notes/${credit_note}/metadata",
        {"metadata": {"team": "blue"}},
    ),
    Row("DELETE", "credit_notes/<uuid:lago_id>/metadata", "credit_notes/${credit_note}/metadata"),
    Row("DELETE", "credit_notes/<uuid:lago_id>/metadata/<str:key>", "credit_notes/${credit_note}/metadata/ticket"),
    Row("POST", "invoices", body={"invoice": ONE_OFF}),
    Row("POST", "invoices/preview", body=PREVIEW),
    Row("PUT", "invoices/<uuid:lago_id>/refresh", "invoices/${draft}/refresh"),
    Row("PUT", "invoices/<uuid:lago_id>/finalize", "invoices/${draft}/finalize"),
    Row("DELETE", "invoices/<uuid:lago_id>", "invoices/${draft}"),
    Row(
        "POST",
        "invoices/<uuid:lago_id>/void",
        "invoices/${one_off}/void",
        {"generate_credit_note": True, "credit_amount": 10, "refund_amount": 0},
    ),
]
