"""Billable metrics as Lago shows and reads them."""

from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from billing_site.core.errors import invalid
from metering.models import BillableMetric


class FilterInput(serializers.Serializer):
    key = fields.CodeField()
    values = serializers.ListField(child=fields.CodeField(), allow_empty=False, max_length=1000)


class BillableMetricUpdate(serializers.Serializer):
    code = fields.CodeField(required=False)
    name = fields.CodeField(required=False)
    description = fields.TextField(max_length=600)
    aggregation_type = serializers.ChoiceField(choices=BillableMetric.Aggregation.choices, required=False)
    field_name = fields.TextField()
    rounding_function = serializers.ChoiceField(
        choices=BillableMetric.Rounding.choices, required=False, allow_null=True
    )
    rounding_precision = fields.BoundedIntegerField(required=False, allow_null=True, min_value=-15, max_value=15)
    recurring = serializers.BooleanField(required=False)
    expression = fields.TextField(max_length=2000)
    weighted_interval = fields.TextField(max_length=20)
    filters = fields.ObjectsField(child=FilterInput())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse, rather than bill wrongly, what this version does not compute."""
        for name in ("recurring", "expression", "weighted_interval"):
            if attrs.pop(name, None):
                raise invalid(name, "not_supported_yet")
        if attrs.get("filters", ()) is None:
            attrs.pop("filters")
        return attrs


class BillableMetricInput(BillableMetricUpdate):
    code = fields.CodeField()
    name = fields.CodeField()
    aggregation_type = serializers.ChoiceField(choices=BillableMetric.Aggregation.choices)


class BillableMetricOutput(serializers.BaseSerializer):
    def to_representation(self, metric: BillableMetric) -> dict[str, Any]:
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
        }
