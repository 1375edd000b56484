"""A crossing as it is told."""

from typing import Any, TypedDict
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from billing_site.core.api import formats
from billing_site.core.api.shapes import DecimalText, Instant, Json
from billing_site.core.models import Organization
from plans.models import Subscription
from webhooks.models import TriggeredAlert


class ToldAlert(TypedDict):
    lago_id: UUID
    lago_organization_id: UUID
    lago_alert_id: UUID
    lago_subscription_id: UUID | None
    external_subscription_id: str | None
    subscription_external_id: str | None
    lago_wallet_id: UUID | None
    wallet_code: str | None
    external_customer_id: str
    customer_external_id: str
    billable_metric_code: str | None
    alert_name: str | None
    alert_code: str
    alert_type: str
    current_value: DecimalText
    previous_value: DecimalText
    crossed_thresholds: list[Json]
    triggered_at: Instant


def rows() -> "QuerySet[Any]":
    """Return all crossings with what is told of them."""
    subscription = Subscription.objects.filter(pk=OuterRef("subscription_id")).values("lago_id")
    organization = Organization.objects.values("lago_id")[:1]
    found: QuerySet[Any] = TriggeredAlert.objects.select_related(
        "customer", "alert__billable_metric", "alert__wallet"
    ).annotate(lago_subscription_id=Subquery(subscription), lago_organization_id=Subquery(organization))
    return found


def written(triggered: Any) -> ToldAlert:
    """Return a crossing, one of `rows`, with all keys of Lago's; the two old names among them."""
    alert, customer = triggered.alert, triggered.customer
    external_id = alert.external_subscription_id or None
    return {
        "lago_id": triggered.lago_id,
        "lago_organization_id": triggered.lago_organization_id,
        "lago_alert_id": alert.lago_id,
        "lago_subscription_id": triggered.lago_subscription_id,
        "external_subscription_id": external_id,
        "subscription_external_id": external_id,
        "lago_wallet_id": alert.wallet.lago_id if alert.wallet else None,
        "wallet_code": alert.wallet.code if alert.wallet else None,
        "external_customer_id": customer.external_id,
        "customer_external_id": customer.external_id,
        "billable_metric_code": alert.billable_metric.code if alert.billable_metric else None,
        "alert_name": alert.name or None,
        "alert_code": alert.code,
        "alert_type": alert.alert_type,
        "current_value": formats.decimal_string(triggered.current_value),
        "previous_value": formats.decimal_string(triggered.previous_value),
        "crossed_thresholds": triggered.crossed_thresholds,
        "triggered_at": formats.instant(triggered.triggered_at),
    }
