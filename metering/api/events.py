"""Events over HTTP. 200 means committed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed

from billing_site.core import activity, api_keys
from billing_site.core.api import authentication, errors, formats
from billing_site.core.errors import BillingError, Invalid, NotFound
from metering.api import event_input
from metering.models import Event
from metering.selectors import events as event_selectors
from metering.services import ingestion

_encoder = msgspec.json.Encoder(decimal_format="string")


class Refused(Exception):
    def __init__(self, status: int, **parts: Any) -> None:
        self.status, self.parts = status, parts


def reply(body: Any, status: int = 200) -> HttpResponse:
    """Return JSON."""
    return HttpResponse(_encoder.encode(body), status=status, content_type="application/json")


@method_decorator(csrf_exempt, name="dispatch")
class EventsView(View):
    """A plain view: authentication, decoding, checking and one write, no serializer for each event."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Authenticate, then answer every refusal in the one shape."""
        try:
            now = timezone.now()
            authorize(request, now)
            handler: Callable[..., HttpResponse] | None = getattr(self, (request.method or "").lower(), None)
            if handler is None:
                raise Refused(404, code="resource_not_found")
            return handler(request, now, *args, **kwargs)
        except Refused as refused:
            answer = errors.answer(refused.status, **refused.parts)
        except BillingError as error:
            answer = errors.handle(error, {})  # type: ignore[assignment]
        return reply(answer.data, answer.status_code)


class OneOrListView(EventsView):
    def post(self, request: HttpRequest, now: datetime) -> HttpResponse:
        body = decode(event_input.one_event, request).event
        event, problems = event_input.check(body, now)
        if event is None:
            raise Invalid(problems)
        lago_id = ingestion.ingest_one(event, now=now)
        return reply({"event": shown(event, lago_id, now)})

    def get(self, request: HttpRequest, now: datetime) -> HttpResponse:
        rows, meta = event_selectors.page(request.GET)
        return reply({"events": [stored(event) for event in rows], "meta": meta})


class BatchView(EventsView):
    def post(self, request: HttpRequest, now: datetime) -> HttpResponse:
        bodies = decode(event_input.many_events, request).events
        if not bodies:
            raise Invalid({"events": ["no_events"]})
        if len(bodies) > settings.EVENTS_BATCH_MAX_LENGTH:
            raise Invalid({"events": ["too_many_events"]})
        checked = [event_input.check(body, now) for body in bodies]
        problems = {str(number): wrong for number, (_, wrong) in enumerate(checked) if wrong}
        if problems:
            raise Invalid(problems)
        batch = [event for event, _ in checked if event is not None]
        ids = ingestion.ingest(batch, now=now)
        return reply({"events": [shown(event, mark, now) for event, mark in zip(batch, ids, strict=True)]})


class EventView(EventsView):
    def get(self, request: HttpRequest, now: datetime, transaction_id: str) -> HttpResponse:
        event = event_selectors.by_transaction_id(transaction_id)
        if event is None:
            raise NotFound("event")
        return reply({"event": stored(event)})


def authorize(request: HttpRequest, now: datetime) -> None:
    """
    Name the key as the actor.

    :raises Refused: 401, or 403 if its scopes do not cover events
    """
    try:
        key = authentication.find(request.headers.get("Authorization", ""), now=now)
    except AuthenticationFailed:
        raise Refused(401) from None
    need = "read" if request.method == "GET" else "write"
    if not api_keys.may(key, "event", need):
        raise Refused(403, code=f"{need}_action_not_allowed_for_event")
    activity.set_actor(activity.Actor("api_key", str(key.lago_id), str(key)))


def decode(decoder: Any, request: HttpRequest) -> Any:
    """
    Return the body.

    :raises Refused: 400 if it is not the JSON that is expected here
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refused(400, error="BadRequest: compressed bodies are not taken")
    try:
        return decoder.decode(request.body)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, error=f"BadRequest: {error}") from None


def shown(event: ingestion.NewEvent, lago_id: Any, now: datetime) -> dict[str, Any]:
    """Return an event just taken in."""
    return {
        "lago_id": lago_id,
        "transaction_id": event.transaction_id,
        "lago_customer_id": None,
        "code": event.code,
        "timestamp": formats.instant_ms(event.timestamp),
        "precise_total_amount_cents": formats.decimal_string(event.precise_total_amount_cents),
        "properties": msgspec.Raw(event.properties.encode()),
        "lago_subscription_id": None,
        "external_subscription_id": event.external_subscription_id or None,
        "created_at": formats.instant(now),
    }


def stored(event: Event) -> dict[str, Any]:
    """Return an event as it is kept."""
    return {
        "lago_id": event.lago_id,
        "transaction_id": event.transaction_id,
        "lago_customer_id": None,
        "code": event.stream.code,
        "timestamp": formats.instant_ms(event.timestamp),
        "precise_total_amount_cents": formats.decimal_string(event.precise_total_amount_cents),
        "properties": event.properties,
        "lago_subscription_id": None,
        "external_subscription_id": event.stream.external_subscription_id or None,
        "created_at": formats.instant(event.created_at),
    }
