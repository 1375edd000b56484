"""What metrics compute from events as they come in: written into the events' properties."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from billing_site.core.api import formats
from metering.calculations import expressions
from metering.calculations.expressions import ExpressionError, Value
from metering.services.code_rules import Rules
from metering.services.new_event import Incoming, NewEvent

# What was a number stays one, digit by digit.
_encoder = msgspec.json.Encoder(decimal_format="number")

Problems = dict[str, list[str]]
Checked = tuple[Incoming | None, Problems]


def computed(checked: Sequence[Checked], rules: Rules) -> Sequence[Checked]:
    """
    Return events, each with its problems, with what their metrics compute of them; where that fails, the problem.

    What the event itself sent under the property is written over.
    """
    if not any(rule.expression for rule in rules.values()):
        return checked
    return [_computed(event, problems, rules) for event, problems in checked]


def evaluate(expression: str, *, code: str, timestamp: datetime, properties: dict[str, object]) -> Value:
    """
    Return what an expression makes of an event.

    :raises ExpressionError: if it is no expression, or has no value for this event
    """
    event = {"code": code, "timestamp": int(timestamp.timestamp()), "properties": properties}
    return expressions.parse(expression).evaluate({"event": event})


def _computed(event: Incoming | None, problems: Problems, rules: Rules) -> Checked:
    rule = None if event is None else rules.get(event.code)
    if event is None or rule is None or not rule.expression:
        return event, problems
    properties = json.loads(event.properties, parse_float=Decimal)
    try:
        value = evaluate(rule.expression, code=event.code, timestamp=event.timestamp, properties=properties)
    except ExpressionError as error:
        return None, {**problems, "expression": [error.code]}
    properties[rule.property] = written(value)
    return _changed(event, _encoder.encode(properties).decode()), problems


def _changed(event: Incoming, properties: str) -> NewEvent:
    return NewEvent(
        event.transaction_id,
        event.external_subscription_id,
        event.code,
        event.timestamp,
        properties,
        event.precise_total_amount_cents,
    )


def written(value: Value) -> str:
    """Return a value as it is kept: numbers in plain notation with a point."""
    return value if isinstance(value, str) else formats.decimal_string(value) or ""
