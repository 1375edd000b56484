"""Events over HTTP. 200 means committed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

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
from metering.api import event_input, plain_answers
from metering.api.shapes import StoredEvent
from metering.models import Event
from metering.selectors import events as event_selectors
from metering.services import code_rules, expressions, ingestion
from metering.services.code_rules import Rules
from metering.services.expressions import Checked
from metering.services.new_event import Incoming, PlainEvent

_encoder = msgspec.json.Encoder(decimal_format="string")


class Owner(NamedTuple):
    """The ids, as the API shows them, of whoever caused an event."""

    customer: UUID
    subscription: UUID


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

    def parameters(self, request: HttpRequest) -> Mapping[str, str]:
        """Return what an address asks for; a floor above may know more."""
        return request.GET.dict()  # type: ignore[return-value]

    def owners(self, events: Sequence[Event]) -> Mapping[int, Owner]:
        """Return whose events these are, by key; a floor above may know."""
        return {}


class OneOrListView(EventsView):
    def post(self, request: HttpRequest, now: datetime) -> HttpResponse:
        body = decode(event_input.one_event, request).event
        event, problems = event_input.check(body, now)
        if event is None:
            raise Invalid(problems)
        event, lago_id = ingestion.ingest_one(event, now=now)
        return reply({"event": shown(event, lago_id, formats.instant(now))})

    def get(self, request: HttpRequest, now: datetime) -> HttpResponse:
        rows, meta = event_selectors.page(self.parameters(request))
        owners = self.owners(rows)
        return reply({"events": [stored(event, owners.get(event.pk)) for event in rows], "meta": meta})


class BatchView(EventsView):
    def post(self, request: HttpRequest, now: datetime) -> HttpResponse:
        plain = None if is_compressed(request) else event_input.plain(request.body)
        bodies: Sequence[Any] = decode(event_input.many_events, request).events if plain is None else plain
        if not bodies:
            raise Invalid({"events": ["no_events"]})
        if len(bodies) > settings.EVENTS_BATCH_MAX_LENGTH:
            raise Invalid({"events": ["too_many_events"]})
        is_lenient = "handling=lenient" in request.headers.get("Prefer", "").replace(" ", "")
        if plain is not None and not is_lenient and (answer := _store_plain(plain, now)):
            return answer
        taken = [event_input.check(body, now) for body in bodies] if plain is None else [(e, {}) for e in plain]
        rules = code_rules.find({event.code for event, _ in taken if event is not None})
        checked = expressions.computed(taken, rules)
        if is_lenient:
            return _store_good(bodies, checked, rules, now)
        problems = {str(number): wrong for number, (_, wrong) in enumerate(checked) if wrong}
        if problems:
            raise Invalid(problems)
        return _store_all([event for event, _ in checked if event is not None], rules, now)


def _store_plain(events: list[PlainEvent], now: datetime) -> HttpResponse | None:
    """Store events as they came; None if something is to be computed from them first."""
    rules = code_rules.find({event.code for event in events})
    if any(rule.expression for rule in rules.values()):
        return None
    ids = ingestion.ingest(events, now=now, rules=rules)
    answer = plain_answers.written(events, ids, formats.instant(now) or "")
    return HttpResponse(answer, content_type="application/json")


def _store_all(events: list[Incoming], rules: Rules, now: datetime) -> HttpResponse:
    ids = ingestion.ingest(events, now=now, rules=rules)
    created_at = formats.instant(now)
    return reply({"events": [shown(event, mark, created_at) for event, mark in zip(events, ids, strict=True)]})


def _store_good(bodies: Sequence[Any], checked: Sequence[Checked], rules: Rules, now: datetime) -> HttpResponse:
    """Store the events that can be stored, and return a verdict for each (RFC 7240: the client preferred so)."""
    ids = iter(ingestion.ingest_lenient([event for event, _ in checked if event is not None], now=now, rules=rules))
    created_at = formats.instant(now)
    verdicts: list[Any] = []
    for body, (event, problems) in zip(bodies, checked, strict=True):
        lago_id = None if event is None else next(ids)
        if event is None or lago_id is None:
            verdicts.append(refusal(body, problems or ingestion.REFUSAL))
        else:
            verdicts.append({"status": "accepted", **msgspec.structs.asdict(shown(event, lago_id, created_at))})
    answer = reply({"events": verdicts})
    answer["Preference-Applied"] = "handling=lenient"
    return answer


class EventView(EventsView):
    def get(self, request: HttpRequest, now: datetime, transaction_id: str) -> HttpResponse:
        event = event_selectors.by_transaction_id(transaction_id)
        if event is None:
            raise NotFound("event")
        return reply({"event": stored(event, self.owners([event]).get(event.pk))})


def authorize(request: HttpRequest, now: datetime) -> None:
    """
    Name the key as the actor.

    :raises Refused: 401, or 403 if its scopes do not cover events
    """
    try:
        key = authentication.find(request.headers.get("Authorization", ""), now=now)
    except AuthenticationFailed:
        raise Refused(401, code="unauthorized") from None
    need = "read" if request.method == "GET" else "write"
    if not api_keys.may(key, "event", need):
        raise Refused(403, code=f"{need}_action_not_allowed_for_event")
    activity.set_actor(activity.Actor("api_key", str(key.lago_id), str(key)))


def is_compressed(request: HttpRequest) -> bool:
    """Test if the body would have to be unpacked."""
    return request.headers.get("Content-Encoding", "identity") != "identity"


def decode(decoder: Any, request: HttpRequest) -> Any:
    """
    Return the body.

    :raises Refused: 400 if it is not the JSON that is expected here
    """
    if is_compressed(request):
        raise Refused(400, error="BadRequest: compressed bodies are not taken", code="bad_request")
    try:
        return decoder.decode(request.body)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, error=f"BadRequest: {error}", code="bad_request") from None


class ShownEvent(msgspec.Struct, gc=False):
    """An event just taken in, in the order of the wire."""

    lago_id: str
    transaction_id: str
    code: str
    timestamp: str | None
    precise_total_amount_cents: str | None
    properties: msgspec.Raw
    external_subscription_id: str | None
    created_at: str | None
    lago_customer_id: None = None
    lago_subscription_id: None = None


def shown(event: Incoming, lago_id: str, created_at: str | None) -> ShownEvent:
    """Return what is answered of an event just taken in."""
    amount = event.precise_total_amount_cents
    return ShownEvent(
        lago_id,
        event.transaction_id,
        event.code,
        formats.instant_ms(event.timestamp),
        None if amount is None else formats.decimal_string(amount),
        msgspec.Raw(event.properties.encode()),
        event.external_subscription_id or None,
        created_at,
    )


def refusal(body: event_input.EventBody | PlainEvent, problems: Any) -> dict[str, Any]:
    """Return the verdict about an event that was not stored; its ids are told as they were sent."""
    return {
        "status": "refused",
        "transaction_id": body.transaction_id,
        "external_subscription_id": body.external_subscription_id,
        "error_details": problems,
    }


def stored(event: Event, owner: Owner | None = None) -> StoredEvent:
    """Return an event as it is kept."""
    return {
        "lago_id": event.lago_id,
        "transaction_id": event.transaction_id,
        "lago_customer_id": owner.customer if owner else None,
        "code": event.stream.code,
        "timestamp": formats.instant_ms(event.timestamp),
        "precise_total_amount_cents": formats.decimal_string(event.precise_total_amount_cents),
        "properties": event.properties,
        "lago_subscription_id": owner.subscription if owner else None,
        "external_subscription_id": event.stream.external_subscription_id or None,
        "created_at": formats.instant(event.created_at),
    }
