from tests.api.operations.row import Row

METRIC = {
    "name": "Storage", "code": "storage", "description": "Bytes", "aggregation_type": "sum_agg", "field_name": "bytes",
    "rounding_function": "round", "rounding_precision": 2, "filters": [{"key": "region", "values": ["eu", "us"]}],
    "recurring": True, "expression": "event.properties.mb * 1000",
}  # fmt: skip
EVALUATION = {
    "expression": "round(event.properties.count / 2)",
    "event": {"code": "requests", "timestamp": 1_709_640_000, "properties": {"count": 3}},
}
EVENT = {
    "transaction_id": "t-1", "external_subscription_id": "sub", "code": "requests", "timestamp": 1_709_640_000,
    "properties": {"count": 3}, "precise_total_amount_cents": "12.5",
}  # fmt: skip

ROWS = [
    Row("POST", "billable_metrics", body={"billable_metric": METRIC}),
    Row("POST", "billable_metrics/evaluate_expression", body=EVALUATION),
    Row("PUT", "billable_metrics/<path:code>", "billable_metrics/requests", {"billable_metric": METRIC}),
    Row("DELETE", "billable_metrics/<path:code>", "billable_metrics/requests"),
    Row("POST", "events", body={"event": EVENT}),
    Row("POST", "events/batch", body={"events": [EVENT, {**EVENT, "transaction_id": "t-2"}]}),
]
