"""What the API answers about webhook endpoints, alerts and logs."""

from typing import Annotated, NotRequired, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import DecimalText, Instant, Json, Page, one_of
from metering.api.shapes import ShownMetric
from webhooks.models import Alert, WebhookEndpoint


class ShownEndpoint(TypedDict):
    lago_id: UUID
    lago_organization_id: UUID
    webhook_url: str
    signature_algo: Annotated[str, one_of(WebhookEndpoint.Algorithm)]
    name: str | None
    event_types: list[str] | None
    created_at: Instant
    signing_secret: NotRequired[str]


class PublicKey(TypedDict):
    public_key: str


class WebhookPublicKey(TypedDict):
    webhook: PublicKey


class AlertThreshold(TypedDict):
    code: str | None
    value: DecimalText
    recurring: bool


class ShownAlert(TypedDict):
    lago_id: UUID
    lago_organization_id: UUID
    subscription_external_id: str | None
    external_subscription_id: str | None
    lago_wallet_id: UUID | None
    wallet_code: str | None
    alert_type: Annotated[str, one_of(Alert.Type)]
    code: str
    name: str | None
    direction: str
    previous_value: DecimalText
    last_processed_at: Instant | None
    thresholds: list[AlertThreshold]
    created_at: Instant
    billable_metric: ShownMetric | None


class OneAlert(TypedDict):
    alert: ShownAlert


class SeveralAlerts(TypedDict):
    alerts: list[ShownAlert]


class ShownActivity(TypedDict):
    activity_id: UUID
    activity_type: str
    activity_source: str
    activity_object: dict[str, Json]
    activity_object_changes: dict[str, Json] | None
    user_email: str | None
    resource_id: UUID
    resource_type: str
    external_customer_id: str | None
    external_subscription_id: str | None
    organization_id: UUID
    logged_at: Instant
    created_at: Instant


class ActivityLog(TypedDict):
    activity_log: ShownActivity


class ActivityLogs(TypedDict):
    activity_logs: list[ShownActivity]
    meta: Page


class ShownApiLog(TypedDict):
    request_id: UUID
    client: str
    http_method: str
    http_status: int
    request_origin: str
    request_path: str
    request_body: Json
    request_response: Json
    api_version: str
    logged_at: Instant
    created_at: Instant
