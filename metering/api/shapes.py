"""What the API answers about billable metrics and events."""

from typing import Annotated, NotRequired, TypedDict
from uuid import UUID

from billing_site.core.api.shapes import DecimalText, Instant, Json, one_of
from metering.models import BillableMetric


class MetricFilter(TypedDict):
    key: str
    values: list[str]


class AggregatorKey(TypedDict):
    custom_aggregator: NotRequired[dict[str, str]]


class ShownMetric(AggregatorKey):
    lago_id: UUID
    name: str
    code: str
    description: str | None
    aggregation_type: Annotated[str, one_of(BillableMetric.Aggregation)]
    weighted_interval: str | None
    recurring: bool
    rounding_function: Annotated[str, one_of(BillableMetric.Rounding)] | None
    rounding_precision: int | None
    created_at: Instant
    field_name: str | None
    expression: str | None
    active_subscriptions_count: int
    draft_invoices_count: int
    plans_count: int
    filters: list[MetricFilter]


class ExpressionResult(TypedDict):
    value: Json


class EvaluatedExpression(TypedDict):
    expression_result: ExpressionResult


class EventInput(TypedDict):
    transaction_id: NotRequired[str | int]
    code: str
    external_subscription_id: NotRequired[str | int | None]
    timestamp: NotRequired[int | float | str | None]
    precise_total_amount_cents: NotRequired[int | float | str | None]
    properties: NotRequired[dict[str, Json] | None]


class OneEventInput(TypedDict):
    event: EventInput


class ManyEventsInput(TypedDict):
    events: list[EventInput]


class StoredEvent(TypedDict):
    lago_id: UUID
    transaction_id: str
    lago_customer_id: UUID | None
    code: str
    timestamp: Instant
    precise_total_amount_cents: DecimalText | None
    properties: dict[str, Json]
    lago_subscription_id: UUID | None
    external_subscription_id: str | None
    created_at: Instant
