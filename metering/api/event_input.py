"""Events as they come in: decoded by msgspec, checked without a serializer, since this is the hot path."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from rest_framework.exceptions import ParseError

from billing_site.core.api.parsing import MAX_DEPTH
from metering.services.expressions import Checked
from metering.services.new_event import EARLIEST, LATEST, NO_PROPERTIES, NewEvent, PlainEvent

MAX_PROPERTIES_BYTES = 32 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTROL = re.compile(r"[\x00-\x1f\ud800-\udfff]")


class EventBody(msgspec.Struct, gc=False):
    """What is read of an event; other keys are dropped."""

    transaction_id: Any = None
    code: Any = None
    external_subscription_id: Any = None
    timestamp: Any = None
    precise_total_amount_cents: Any = None
    properties: msgspec.Raw = NO_PROPERTIES


class OneEvent(msgspec.Struct):
    event: EventBody


class ManyEvents(msgspec.Struct):
    events: list[EventBody]


class WrappedEvent(EventBody):
    """An event of a batch that may as well stand under a key of its own, as Lago's document has it."""

    event: EventBody | None = None


class ManyWrappedEvents(msgspec.Struct):
    events: list[WrappedEvent]


class _PlainEvents(msgspec.Struct):
    events: list[PlainEvent]


one_event = msgspec.json.Decoder(OneEvent)
many_events = msgspec.json.Decoder(ManyEvents)
many_wrapped_events = msgspec.json.Decoder(ManyWrappedEvents)
_plain_events = msgspec.json.Decoder(_PlainEvents)


def plain(body: bytes) -> list[PlainEvent] | None:
    """Return the events of a batch that is free of anything unusual; None if they must be checked one by one."""
    if not _is_plain(body):
        return None
    try:
        events = _plain_events.decode(body).events
    except (msgspec.DecodeError, RecursionError):
        return None
    raws = [event.raw for event in events]
    return events if _are_plain(raws, len(body)) else None


def _are_plain(raws: list[msgspec.Raw], length: int) -> bool:
    """Test all properties in one look: objects of sane size without a value that must be looked at closer."""
    text = b"\0" + b"\0".join(raws)
    if text.count(b"\0{") != len(raws) or (
        length > MAX_PROPERTIES_BYTES and max(map(len, raws)) > MAX_PROPERTIES_BYTES
    ):
        return False
    shape = _shape(text)
    is_all_flat = shape.count(b"[") == len(raws)
    return not _has_odd_number(shape) and (is_all_flat or all(_is_unsuspicious(_shape(bytes(raw))) for raw in raws))


def _is_plain(body: bytes) -> bool:
    """Test that there is no escape (so no control character, NUL or half of a character), and that it is UTF-8."""
    if b"\\" in body or b"\0" in body:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def check(body: EventBody, now: datetime) -> Checked:
    """Return the event, or what is wrong with it field by field."""
    errors: dict[str, list[str]] = {}
    transaction_id = _text(body.transaction_id, "transaction_id", errors)
    code = _text(body.code, "code", errors)
    subscription = _text(body.external_subscription_id, "external_subscription_id", errors, is_mandatory=False)
    timestamp = _timestamp(body.timestamp, errors, now)
    amount = _amount(body.precise_total_amount_cents, errors)
    properties = _properties(bytes(body.properties), errors)
    if errors:
        return None, errors
    return NewEvent(transaction_id, subscription, code, timestamp, properties, amount), errors


def read(decoder: Any, raw: bytes) -> Any:
    """
    Return a body of events that are not meant to be stored.

    :raises ParseError: (400) if it is not the JSON that is expected
    """
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(str(error)) from None


def unsent(body: EventBody, now: datetime) -> Checked:
    """Check an event that was not sent and may have no id: it is given one that no other has."""
    if body.transaction_id in (None, ""):
        body.transaction_id = str(uuid.uuid4())
    return check(body, now)


def _text(value: Any, name: str, errors: dict[str, list[str]], *, is_mandatory: bool = True) -> str:
    if type(value) is str and 0 < len(value) < 256 and value.isprintable():
        return value
    if value is None or value == "":
        if is_mandatory:
            errors[name] = ["value_is_mandatory"]
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        errors[name] = ["value_is_invalid"]
        return ""
    text = str(value)
    if len(text) > 255:
        errors[name] = ["value_is_too_long"]
    elif _CONTROL.search(text):
        errors[name] = ["value_is_invalid"]
    return text


def _decimal(value: Any) -> Decimal | None:
    """Return a finite decimal of sane size, from a number or its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    if len(text) > 40:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and -20 < number.adjusted() < 20 else None


def _timestamp(value: Any, errors: dict[str, list[str]], now: datetime) -> datetime:
    """Return the moment: seconds since 1970, with a fraction or not; our own clock's if none is given."""
    if type(value) is int and EARLIEST <= value <= LATEST:
        return datetime.fromtimestamp(value, UTC)
    if value is None:
        return now
    seconds = _decimal(value)
    if seconds is None or not EARLIEST <= seconds <= LATEST:
        errors["timestamp"] = ["invalid_format"]
        return now
    return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))


def _amount(value: Any, errors: dict[str, list[str]]) -> Decimal | None:
    if value is None:
        return None
    amount = _decimal(value)
    if amount is None or amount < 0:
        errors["precise_total_amount_cents"] = ["value_is_invalid"]
    return amount


def _properties(raw: bytes, errors: dict[str, list[str]]) -> str:
    """Return the text of the object; PostgreSQL keeps its numbers digit by digit."""
    if raw in (b"", b"null"):
        return "{}"
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    if raw[:1] != b"{" or len(raw) > MAX_PROPERTIES_BYTES or not text:
        errors["properties"] = ["value_is_invalid"]
    elif fault := _fault(raw, text):
        errors["properties"] = [fault]
    return text


# Digits, exponents and brackets each look alike, so that trouble is found by plain search.
_SHAPES = bytes.maketrans(b"123456789E{", b"000000000e[")
# What has more digits before or after its point would not be counted (metering.selectors.statements).
MOST_DIGITS, MOST_DECIMALS = 15, 30
_LONG_NUMBER = b"0" * (MOST_DIGITS + 1)


def _fault(raw: bytes, text: str) -> str:
    """Look closer only at what could be trouble: escapes (NUL, lone surrogates), deep nesting, long numbers."""
    return _fault_of(text) if b"\\u" in raw or not _is_unsuspicious(_shape(raw)) else ""


def _shape(raw: bytes) -> bytes:
    return raw.translate(_SHAPES)


def _is_unsuspicious(shape: bytes) -> bool:
    return shape.count(b"[") <= MAX_DEPTH and not _has_odd_number(shape)


def _has_odd_number(shape: bytes) -> bool:
    return b"0e" in shape or _LONG_NUMBER in shape


def _fault_of(text: str) -> str:
    """Return the code of what cannot be kept as it is, or counted; nothing if all can."""
    try:
        value = json.loads(text, parse_float=_sane, parse_int=_sane)
        plain = json.dumps(value, ensure_ascii=False, default=str)
        plain.encode()
    except ArithmeticError:
        return "value_is_out_of_range"
    except (ValueError, RecursionError):
        return "value_is_invalid"
    return "value_is_invalid" if "\\u0000" in plain or _depth(value) > MAX_DEPTH else ""


def _sane(token: str) -> Decimal:
    number = _decimal(token)
    if number is None or number.adjusted() >= MOST_DIGITS or int(number.as_tuple().exponent) < -MOST_DECIMALS:
        raise ArithmeticError
    return number


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(item) for item in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(item) for item in value), default=0)
    return 0


def moment(value: Any, now: datetime) -> datetime | None:
    """Return the moment that a timestamp names, None if it names none."""
    errors: dict[str, list[str]] = {}
    found = _timestamp(str(value) if isinstance(value, Decimal) else value, errors, now)
    return None if errors else found
