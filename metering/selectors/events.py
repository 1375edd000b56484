"""Reading events one by one, as the API lists them."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime

from billing_site.core.api.pagination import paginate
from billing_site.core.api.shapes import Page
from billing_site.core.errors import invalid
from metering.calculations.event_keys import key_range
from metering.models import Event, EventKey, EventStream


def by_transaction_id(transaction_id: str) -> Event | None:
    """Return the newest event of a transaction id, whatever its subscription: its keys begin alike."""
    bounds = [uuid.UUID(bytes=bound) for bound in key_range(transaction_id)]
    places = EventKey.objects.filter(key__range=bounds).order_by("-timestamp")
    for place in places:
        event = Event.objects.filter(
            stream_id=place.stream_id, timestamp=place.timestamp, transaction_id=transaction_id
        ).select_related("stream")
        if found := event.first():
            return found
    return None


def by_marks(marks: Iterable[tuple[int, str, str]]) -> list[Event]:
    """Return the events of these marks (stream, ISO timestamp, id) that are stored."""
    wanted = [(stream, datetime.fromisoformat(moment), uuid.UUID(mark)) for stream, moment, mark in marks]
    if not wanted:
        return []
    streams, moments, ids = zip(*wanted, strict=True)
    rows = Event.objects.filter(stream_id__in=set(streams), timestamp__range=(min(moments), max(moments)))
    return list(rows.filter(lago_id__in=ids).select_related("stream").order_by("timestamp", "id"))


def between(external_subscription_id: str, code: str, start: datetime, end: datetime) -> "QuerySet[Event]":
    """Return the events of a subscription and code in [start, end), in order."""
    stream = EventStream.objects.filter(external_subscription_id=external_subscription_id, code=code)
    rows = Event.objects.filter(stream_id__in=list(stream.values_list("id", flat=True)))
    return rows.filter(timestamp__gte=start, timestamp__lt=end).order_by("timestamp", "id")


def page(params: Mapping[str, str]) -> tuple[list[Event], Page]:
    """
    Return a page of events, newest first, with its meta block.

    :raises Invalid: if a time or a page's number cannot be read, or a text cannot be stored and so not be looked for
    """
    for name in ("external_subscription_id", "code"):
        if "\x00" in params.get(name, ""):
            raise invalid(name, "value_is_invalid")
    return paginate(_filtered(params).order_by("-timestamp", "transaction_id"), params)


def _filtered(params: Mapping[str, str]) -> "QuerySet[Event]":
    rows = Event.objects.select_related("stream")
    streams = EventStream.objects.all()
    if params.get("external_subscription_id"):
        streams = streams.filter(external_subscription_id=params["external_subscription_id"])
    if params.get("code"):
        streams = streams.filter(code=params["code"])
    if params.get("external_subscription_id") or params.get("code"):
        rows = rows.filter(stream_id__in=list(streams.values_list("id", flat=True)[:10_000]))
    if params.get("timestamp_from"):
        rows = rows.filter(timestamp__gte=_moment(params["timestamp_from"], "timestamp_from"))
    if params.get("timestamp_to"):
        rows = rows.filter(timestamp__lte=_moment(params["timestamp_to"], "timestamp_to"))
    return rows


def _moment(text: str, name: str) -> datetime:
    """Return a time given in seconds since 1970 or in ISO 8601."""
    if not text.isascii():
        raise invalid(name, "invalid_date")
    try:
        seconds = Decimal(text)
        if not 0 <= seconds < 253_370_764_800:
            raise invalid(name, "invalid_date")
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 1_000_000))
    except InvalidOperation:
        pass
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise invalid(name, "invalid_date")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
