"""Billable metrics over HTTP: what is taken, what is refused with which code, and what expressions do to events."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from billing_site.core import api_keys
from billing_site.core.api import authentication


@pytest.fixture
def call(db):
    """Return a function that calls the API and returns (status, answer)."""
    authentication.forget_keys()
    _, key = api_keys.create(name="tests", now=timezone.now())
    client = Client(headers={"Authorization": f"Bearer {key}"}, raise_request_exception=False)

    def call(method, path, body=None):
        text = None if body is None else json.dumps(body)
        response = client.generic(method, f"/api/v1{path}", text or "", content_type="application/json")
        return response.status_code, json.loads(response.content)

    return call


def metric(**fields):
    body = {"name": "Storage", "code": "storage", "aggregation_type": "sum_agg", "field_name": "gb"}
    return {"billable_metric": body | fields}


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"aggregation_type": "count_agg", "recurring": True}, {"recurring": ["not_compatible_with_aggregation_type"]}),
        ({"aggregation_type": "max_agg", "recurring": True}, {"recurring": ["not_compatible_with_aggregation_type"]}),
        ({"aggregation_type": "weighted_sum_agg"}, {"weighted_interval": ["value_is_invalid"]}),
        (
            {"aggregation_type": "weighted_sum_agg", "weighted_interval": "days"},
            {"weighted_interval": ["value_is_invalid"]},
        ),
        ({"field_name": None}, {"field_name": ["value_is_mandatory"]}),
        ({"expression": "9**9**9"}, {"expression": ["invalid_expression"]}),
        ({"expression": 7}, {"expression": ["value_is_invalid"]}),
        ({"aggregation_type": "custom_agg"}, {"custom_aggregator": ["invalid_expression"]}),
        (
            {"aggregation_type": "custom_agg", "custom_aggregator": {"amount": "exit()"}},
            {"custom_aggregator": ["invalid_expression"]},
        ),
        ({"aggregation_type": "custom_agg", "custom_aggregator": 7}, None),
        ({"rounding_function": "up"}, {"rounding_function": ["value_is_invalid"]}),
        ({"filters": [{"key": "a", "values": []}]}, None),
        ({"recurring": "perhaps"}, {"recurring": ["value_is_invalid"]}),
    ],
)
def test_a_metric_that_cannot_be_measured_is_refused(call, fields, errors):
    status, answer = call("POST", "/billable_metrics", metric(**fields))
    assert status == 422, answer
    if errors is not None:
        assert answer["error_details"] == errors
    assert call("GET", "/billable_metrics")[1]["billable_metrics"] == []


def test_a_metric_keeps_what_it_says_and_changes_while_nobody_pays_for_it(call):
    fields = {
        "recurring": True, "weighted_interval": "seconds", "aggregation_type": "weighted_sum_agg",
        "expression": "round(event.properties.mb / 1000, 2)", "rounding_function": "ceil", "rounding_precision": -1,
        "filters": [{"key": "region", "values": ["eu", "us", "eu"]}],
    }  # fmt: skip
    status, answer = call("POST", "/billable_metrics", metric(**fields))
    assert status == 200, answer
    kept = answer["billable_metric"]
    for name in ("recurring", "weighted_interval", "aggregation_type", "expression", "rounding_precision"):
        assert kept[name] == fields[name]
    assert kept["filters"] == [{"key": "region", "values": ["eu", "us"]}]

    status, answer = call("PUT", "/billable_metrics/storage", {"billable_metric": {"aggregation_type": "max_agg"}})
    assert (status, answer["error_details"]) == (422, {"recurring": ["not_compatible_with_aggregation_type"]})
    changes = {"aggregation_type": "max_agg", "recurring": False, "expression": None}
    status, answer = call("PUT", "/billable_metrics/storage", {"billable_metric": changes})
    assert status == 200
    assert answer["billable_metric"]["weighted_interval"] is None
    assert answer["billable_metric"]["expression"] is None


def test_a_custom_aggregation_is_kept(call):
    aggregator = {"total_units": "total_units + event.properties.gb"}
    fields = {"aggregation_type": "custom_agg", "custom_aggregator": aggregator, "field_name": None}
    status, answer = call("POST", "/billable_metrics", metric(**fields))
    assert (status, answer["billable_metric"]["custom_aggregator"]) == (200, aggregator)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("round((event.properties.ended_at - event.properties.started_at) * event.properties.units)", "30.0"),
        ("concat(event.code, '-', event.properties.units)", "storage-3"),
        ("event.timestamp", "1651240791.0"),
    ],
)
def test_an_expression_is_tried(call, expression, value):
    event = {
        "code": "storage", "timestamp": "1651240791",
        "properties": {"started_at": 10, "ended_at": "20", "units": 3},
    }  # fmt: skip
    status, answer = call("POST", "/billable_metrics/evaluate_expression", {"expression": expression, "event": event})
    assert (status, answer) == (200, {"expression_result": {"value": value}})


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"expression": ["value_is_mandatory"], "event": ["value_is_mandatory"]}),
        ({"expression": None, "event": {}}, {"expression": ["value_is_mandatory"]}),
        ({"expression": "1/0", "event": {}}, {"expression": ["division_by_zero"]}),
        ({"expression": "1 +", "event": {}}, {"expression": ["invalid_expression"]}),
        ({"expression": "1", "event": {"timestamp": "soon"}}, {"timestamp": ["invalid_format"]}),
        ({"expression": "event.properties.x", "event": {}}, {"expression": ["missing_property"]}),
        ({"expression": "1", "event": 7}, None),
        ({"expression": "x" * 3000, "event": {}}, {"expression": ["value_is_too_long"]}),
        ([], None),
    ],
)
def test_an_expression_without_a_value_says_why(call, body, errors):
    status, answer = call("POST", "/billable_metrics/evaluate_expression", body)
    assert status == 422, answer
    if errors is not None:
        assert answer["error_details"] == errors


def test_an_expression_is_evaluated_when_an_event_comes_in(call):
    call("POST", "/billable_metrics", metric(expression="event.properties.mb / 1000"))
    event = {"transaction_id": "a", "code": "storage", "external_subscription_id": "sub", "properties": {"mb": 1500}}
    status, answer = call("POST", "/events", {"event": event})
    assert (status, answer["event"]["properties"]) == (200, {"mb": 1500, "gb": "1.5"})
    assert call("GET", "/events/a")[1]["event"]["properties"] == {"mb": 1500, "gb": "1.5"}

    others = [event | {"transaction_id": "b"}, event | {"transaction_id": "c", "properties": {"mb": "much"}}]
    status, answer = call("POST", "/events/batch", {"events": others})
    assert (status, answer["error_details"]) == (422, {"1": {"expression": ["not_a_number"]}})
    assert call("GET", "/events/b")[0] == 404
