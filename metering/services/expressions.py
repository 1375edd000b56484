"""What metrics compute from events as they come in: written into the events' properties."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from billing_site.core.api import formats
from metering.calculations import expressions
from metering.calculations.expressions import ExpressionError, Value
from metering.models import BillableMetric
from metering.services.new_event import NewEvent

# What was a number stays one, digit by digit.
_encoder = msgspec.json.Encoder(decimal_format="number")

Checked = tuple[NewEvent | None, dict[str, list[str]]]


def computed(checked: Sequence[Checked]) -> list[Checked]:
    """
    Return events, each with its problems, with what their metrics compute of them; where that fails, the problem.

    What the event itself sent under the property is written over.
    """
    found = _metrics({event.code for event, _ in checked if event is not None})
    if not found:
        return list(checked)
    return [_computed(event, problems, found) for event, problems in checked]


def evaluate(expression: str, *, code: str, timestamp: datetime, properties: dict[str, object]) -> Value:
    """
    Return what an expression makes of an event.

    :raises ExpressionError: if it is no expression, or has no value for this event
    """
    event = {"code": code, "timestamp": int(timestamp.timestamp()), "properties": properties}
    return expressions.parse(expression).evaluate({"event": event})


def _metrics(codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return property and expression by code, of the metrics that have one."""
    rows = BillableMetric.objects.live().filter(code__in=codes).exclude(expression="").exclude(field_name="")
    return {code: (name, text) for code, name, text in rows.values_list("code", "field_name", "expression")}


def _computed(event: NewEvent | None, problems: dict[str, list[str]], metrics: dict[str, tuple[str, str]]) -> Checked:
    if event is None or event.code not in metrics:
        return event, problems
    name, expression = metrics[event.code]
    properties = json.loads(event.properties, parse_float=Decimal)
    try:
        value = evaluate(expression, code=event.code, timestamp=event.timestamp, properties=properties)
    except ExpressionError as error:
        return None, {**problems, "expression": [error.code]}
    properties[name] = written(value)
    return msgspec.structs.replace(event, properties=_encoder.encode(properties).decode()), problems


def written(value: Value) -> str:
    """Return a value as it is kept: numbers in plain notation with a point."""
    return value if isinstance(value, str) else formats.decimal_string(value) or ""
