"""The operations on events in the API's document: their views are none of the framework's, for speed."""

from typing import Any, TypedDict

from billing_site.core.api import document
from billing_site.core.api.shapes import Json, Page
from metering.api.events import ShownEvent
from metering.api.shapes import ManyEventsInput, OneEventInput, StoredEvent

ADDRESS = "/api/v1/events"
MOMENTS = ("timestamp_from", "timestamp_to")
FILTERS = ("code", "external_subscription_id", *MOMENTS, "timestamp_from_started_at")


class TakenEvent(TypedDict):
    event: ShownEvent


class Verdict(TypedDict, total=False):
    """What became of an event of a lenient batch."""

    status: str
    error_details: dict[str, Json]
    lago_id: str
    transaction_id: Json
    code: str
    timestamp: str
    precise_total_amount_cents: str | None
    properties: Json
    external_subscription_id: Json
    created_at: str
    lago_customer_id: None
    lago_subscription_id: None


class TakenEvents(TypedDict):
    events: list[ShownEvent]


class Verdicts(TypedDict):
    """The answer to a lenient batch."""

    events: list[Verdict]


class OneStoredEvent(TypedDict):
    event: StoredEvent


class StoredEvents(TypedDict):
    events: list[StoredEvent]
    meta: Page


def with_events(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Return the document with the operations on events."""
    text, whole = {"type": "string"}, {"type": "integer", "minimum": 1}
    asked = {**dict.fromkeys(FILTERS, text), "page": whole, "per_page": whole}
    queries = [{"in": "query", "name": name, "schema": schema} for name, schema in asked.items()]
    named = [{"in": "path", "name": "transaction_id", "required": True, "schema": text}]
    document.add(result, "GET", ADDRESS, takes=None, answers=StoredEvents, parameters=queries)
    document.add(result, "POST", ADDRESS, takes=OneEventInput, answers=TakenEvent)
    document.add(result, "POST", f"{ADDRESS}/batch", takes=ManyEventsInput, answers=TakenEvents | Verdicts)
    document.add(result, "GET", f"{ADDRESS}/{{transaction_id}}", takes=None, answers=OneStoredEvent, parameters=named)
    return result
