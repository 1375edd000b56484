"""Usage thresholds as Lago shows and reads them, within plans, subscriptions and invoices."""

from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from plans.api.shapes import ApplicableThreshold, ShownUsageThreshold
from plans.models import UsageThreshold


class UsageThresholdInput(serializers.Serializer):
    id = serializers.UUIDField(required=False, allow_null=True)
    amount_cents = fields.CentsField(required=False, allow_null=True)
    threshold_display_name = fields.TextField()
    recurring = serializers.BooleanField(required=False, allow_null=True)


class UsageThresholdsField(fields.ObjectsField):
    """A list of thresholds, which may be null or absent as a whole."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"child": UsageThresholdInput(), "max_length": 1000, **kwargs})


class ApplicableThresholdOutput(serializers.BaseSerializer):
    """A threshold that counts, whoever it belongs to."""

    def to_representation(self, threshold: UsageThreshold) -> ApplicableThreshold:
        """Return what it says, without an id."""
        return {
            "threshold_display_name": threshold.threshold_display_name or None,
            "amount_cents": threshold.amount_cents,
            "recurring": threshold.recurring,
        }


class UsageThresholdOutput(serializers.BaseSerializer):
    def to_representation(self, threshold: UsageThreshold) -> ShownUsageThreshold:
        """Return the threshold with all keys of Lago's."""
        return {
            "lago_id": threshold.lago_id,
            "threshold_display_name": threshold.threshold_display_name or None,
            "amount_cents": threshold.amount_cents,
            "recurring": threshold.recurring,
            "created_at": formats.instant(threshold.created_at),
            "updated_at": formats.instant(threshold.updated_at),
        }
