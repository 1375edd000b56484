"""Billable metrics as Lago shows and reads them."""

from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from metering.api.shapes import AggregatorKey, ShownMetric
from metering.calculations.expressions import MAX_LENGTH
from metering.models import BillableMetric
from metering.models.billable_metrics import WEIGHTED_INTERVALS


class FilterInput(serializers.Serializer):
    key = fields.CodeField()
    values = serializers.ListField(child=fields.CodeField(), allow_empty=False, max_length=1000)


class CustomAggregatorInput(serializers.Serializer):
    """Expressions for the state of a custom aggregation: an addition to Lago's API."""

    total_units = fields.TextField(max_length=MAX_LENGTH)
    amount = fields.TextField(max_length=MAX_LENGTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Drop what is empty."""
        return {name: text for name, text in attrs.items() if text}


class BillableMetricUpdate(serializers.Serializer):
    code = fields.CodeField(required=False)
    name = fields.CodeField(required=False)
    description = fields.TextField(max_length=600)
    aggregation_type = serializers.ChoiceField(choices=BillableMetric.Aggregation.choices, required=False)
    field_name = fields.TextField()  # type: ignore[assignment]  # also a name within DRF
    rounding_function = serializers.ChoiceField(
        choices=BillableMetric.Rounding.choices, required=False, allow_null=True
    )
    rounding_precision = fields.BoundedIntegerField(required=False, allow_null=True, min_value=-15, max_value=15)
    recurring = serializers.BooleanField(required=False, allow_null=True)
    expression = fields.TextField(max_length=MAX_LENGTH)
    custom_aggregator = CustomAggregatorInput(required=False, allow_null=True)
    weighted_interval = serializers.ChoiceField(choices=WEIGHTED_INTERVALS, required=False, allow_null=True)
    filters = fields.ObjectsField(child=FilterInput())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take a null for what is missing where nothing else can be meant."""
        for name in ("filters", "recurring", "custom_aggregator"):
            if attrs.get(name, ()) is None:
                attrs.pop(name)
        return attrs


class BillableMetricInput(BillableMetricUpdate):
    code = fields.CodeField()
    name = fields.CodeField()
    aggregation_type = serializers.ChoiceField(choices=BillableMetric.Aggregation.choices)


class BillableMetricOutput(serializers.BaseSerializer):
    def to_representation(self, metric: BillableMetric) -> ShownMetric:
        """Return the metric with all keys of Lago's; its counters are constant zeros there too."""
        return {
            "lago_id": metric.lago_id,
            "name": metric.name,
            "code": metric.code,
            "description": metric.description or None,
            "aggregation_type": metric.aggregation_type,
            "weighted_interval": metric.weighted_interval or None,
            "recurring": metric.recurring,
            "rounding_function": metric.rounding_function or None,
            "rounding_precision": metric.rounding_precision,
            "created_at": formats.instant(metric.created_at),
            "field_name": metric.field_name or None,
            "expression": metric.expression or None,
            "active_subscriptions_count": 0,
            "draft_invoices_count": 0,
            "plans_count": 0,
            "filters": [{"key": row.key, "values": row.values} for row in metric.filters.all()],
            **_aggregator(metric),
        }


def _aggregator(metric: BillableMetric) -> AggregatorKey:
    return {"custom_aggregator": metric.custom_aggregator} if metric.custom_aggregator else {}


class EvaluatedEventInput(serializers.Serializer):
    """An event to try an expression on."""

    code = fields.CodeField(required=False, default="")
    timestamp = serializers.JSONField(required=False, allow_null=True)
    properties = serializers.DictField(required=False, default=dict)


class EvaluationInput(serializers.Serializer):
    expression = fields.TextField(max_length=MAX_LENGTH, required=True, allow_blank=False, allow_null=False)
    event = EvaluatedEventInput()
