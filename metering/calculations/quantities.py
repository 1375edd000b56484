"""What one event is by itself, whatever other events there are."""

import re
from decimal import Decimal
from typing import Any

ZERO, ONE = Decimal(0), Decimal(1)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,30})?", re.ASCII)


def quantity(aggregation: str, value: Any) -> Decimal:
    """
    Return the units of one event whose property has this value: 1 where events or values are counted, else the number.

    What is no number, as `selectors.usage` has it, is 0; so is a missing value, unless events are counted.
    """
    if aggregation == "count_agg":
        return ONE
    if aggregation == "unique_count_agg":
        return ZERO if value is None else ONE
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else ZERO
