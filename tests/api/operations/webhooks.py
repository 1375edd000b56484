from tests.api.operations.row import Row

ENDPOINT = {
    "webhook_url": "https://hooks.example.com/a", "signature_algo": "hmac", "name": "Production",
    "event_types": ["invoice.created", "customer.created"],
}  # fmt: skip

ROWS = [
    Row("POST", "webhook_endpoints", body={"webhook_endpoint": ENDPOINT}),
    Row(
        "PUT",
        "webhook_endpoints/<uuid:lago_id>",
        "webhook_endpoints/${webhook_endpoint}",
        {"webhook_endpoint": ENDPOINT},
    ),
    Row("DELETE", "webhook_endpoints/<uuid:lago_id>", "webhook_endpoints/${webhook_endpoint}"),
]
