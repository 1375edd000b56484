"""
Expressions: a small language in which a metric computes a value from an event. It is total: every text is either read
or refused, and whatever is read ends soon in a value or in one of the errors of its own.

| part | what there is |
|---|---|
| values | numbers (exact decimals) and texts; a text written as a number is one where a number is needed |
| literals | `12`, `0.5`, `"text"`, `'text'` |
| names | `event.code`, `event.timestamp` (whole seconds since 1970), `event.properties.<key>.<key>` |
| operations | `+ - * /`, a minus in front, brackets |
| comparisons | `< <= > >= == !=`, only as the first argument of `if` |
| functions | `concat(a, ...)`, `round`, `ceil`, `floor` of `(x, n)` to n decimals, `min`, `max`, `if(c, a, b)` |

There are no loops, no powers, no definitions and nothing to reach but what is handed in. Length, depth, the size of
numbers and of texts are bounded, so that the work is bounded by the length of the text.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from billing_site.core.money import exact
from metering.calculations.expressions.nodes import Node, Scope
from metering.calculations.expressions.reader import Reader, tokens
from metering.calculations.expressions.values import (
    LARGEST_RESULT,
    MAX_DECIMALS,
    ExpressionError,
    Value,
    has_more_decimals,
    refuse,
)

__all__ = ["MAX_LENGTH", "Expression", "ExpressionError", "Scope", "Value", "parse"]

MAX_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read."""

    root: Node

    @exact
    def evaluate(self, scope: Scope) -> Value:
        """
        Return the value: a number of at most 15 digits before and 30 after the point, or a text.

        :raises ExpressionError: if there is none
        """
        value = self.root.value(scope)
        if isinstance(value, str):
            return value
        if abs(value) >= LARGEST_RESULT:
            refuse("number_out_of_range", "The result is too large.")
        return (
            value.quantize(Decimal(1).scaleb(-MAX_DECIMALS), ROUND_HALF_UP) if has_more_decimals(value) else value + 0
        )


@lru_cache(maxsize=2048)
def parse(text: str, names: tuple[str, ...] = ("event",)) -> Expression:
    """
    Read an expression that may use names that begin with these.

    :raises ExpressionError: if it is none
    """
    if len(text) > MAX_LENGTH:
        refuse("invalid_expression", f"An expression has at most {MAX_LENGTH} characters.")
    reader = Reader(list(tokens(text)), names)
    root = reader.sum(0)
    reader.take("end")
    return Expression(root)
