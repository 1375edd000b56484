"""
Custom aggregation: a state that expressions carry from event to event (Lago rule M66).

The state is `total_units` and `amount`, both 0 in the beginning. A metric gives an expression for each or for one; it
may use both, the event, and the `custom_properties` of the charge. Both see the state as it was before the event.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from metering.calculations.expressions import Expression, ExpressionError, Scope, parse

NAMES = ("event", "total_units", "amount", "custom_properties")
STATE = ("total_units", "amount")


class State(NamedTuple):
    """What has been made of the events so far."""

    total_units: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Aggregator:
    """The expressions of a metric by the part of the state that they compute."""

    expressions: Mapping[str, Expression]

    def after(self, state: State, event: Scope, custom_properties: Mapping[str, object]) -> State | None:
        """Return the state after an event; None if the event gives no value, and so counts for nothing."""
        scope = {"event": event, "custom_properties": custom_properties, **state._asdict()}
        try:
            changed = {name: _number(expression, scope) for name, expression in self.expressions.items()}
        except ExpressionError:
            return None
        return state._replace(**changed)


def aggregator(texts: Mapping[str, str]) -> Aggregator:
    """
    Read the expressions of a metric.

    :raises ExpressionError: if one of them is none, or there is none
    """
    if not texts or not set(texts) <= set(STATE):
        raise ExpressionError("invalid_expression", "A custom aggregation computes total_units, amount or both.")
    return Aggregator({name: parse(text, NAMES) for name, text in texts.items()})


def fold(
    rules: Aggregator, events: Iterable[Scope], custom_properties: Mapping[str, object], state: State | None = None
) -> tuple[State, int]:
    """Return the state after all events, in their order, and how many counted."""
    current, count = state or State(), 0
    for event in events:
        following = rules.after(current, event, custom_properties)
        if following is not None:
            current, count = following, count + 1
    return current, count


def _number(expression: Expression, scope: Scope) -> Decimal:
    value = expression.evaluate(scope)
    if isinstance(value, str):
        raise ExpressionError("not_a_number", "A state is a number.")
    return value
