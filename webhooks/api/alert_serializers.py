"""Alerts as Lago shows and reads them."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from billing_site.core.models import Organization
from metering.api.serializers import BillableMetricOutput
from webhooks.api.shapes import ShownAlert
from webhooks.models import Alert


class ThresholdInput(serializers.Serializer):
    value = fields.DecimalStringField(max_value=Decimal(10**14), min_value=Decimal(-(10**14)))
    code = fields.TextField()
    recurring = serializers.BooleanField(required=False, allow_null=True)


class AlertUpdate(serializers.Serializer):
    code = fields.TextField()
    name = fields.TextField()
    billable_metric_code = fields.TextField()
    thresholds = fields.ObjectsField(child=ThresholdInput())


class AlertInput(AlertUpdate):
    """What has to be there is asked by the service, which answers it in Lago's words."""

    alert_type = fields.TextField()


class AlertOutput(serializers.BaseSerializer):
    def to_representation(self, alert: Alert) -> ShownAlert:
        """Return the alert with all keys of Lago's."""
        wallet, metric = alert.wallet, alert.billable_metric
        return {
            "lago_id": alert.lago_id,
            "lago_organization_id": organization_of(self.context),
            "subscription_external_id": alert.external_subscription_id or None,
            "external_subscription_id": alert.external_subscription_id or None,
            "lago_wallet_id": wallet.lago_id if wallet else None,
            "wallet_code": wallet.code if wallet else None,
            "alert_type": alert.alert_type,
            "code": alert.code,
            "name": alert.name or None,
            "direction": "increasing" if alert.grows else "decreasing",
            "previous_value": formats.decimal_string(alert.previous_value),
            "last_processed_at": formats.instant(alert.last_processed_at),
            "thresholds": [
                {"code": row.code or None, "value": formats.decimal_string(row.value), "recurring": row.recurring}
                for row in sorted(alert.thresholds.all(), key=lambda row: row.pk)
            ],
            "created_at": formats.instant(alert.created_at),
            "billable_metric": BillableMetricOutput(metric).data if metric else None,
        }


def organization_of(context: Any) -> Any:
    """Return the id of the organization, asked once for all rows of an answer."""
    if "organization" not in context:
        context["organization"] = Organization.objects.get().lago_id
    return context["organization"]
