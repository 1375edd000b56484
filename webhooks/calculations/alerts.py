"""
Which thresholds a value has crossed since it was last looked at (lago.md 1.20).

Usage is watched as it grows: a threshold is crossed when the value reaches it. Balances are watched as they fall. A
recurring threshold is a step: it repeats beyond the last of the others, or beyond zero where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

# A step of 1 that a value leaps over by a million is not told a million times: the latest ones are.
MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value at which somebody wants to be told; `is_recurring` makes it a step."""

    value: Decimal
    code: str = ""
    is_recurring: bool = False


def crossed(thresholds: Sequence[Threshold], previous: Decimal, current: Decimal, *, grows: bool) -> list[Threshold]:
    """Return what was crossed on the way from the previous to the current value, in the order of the crossing."""
    sign = 1 if grows else -1
    before, now = sign * previous, sign * current
    if now <= before:
        return []
    once = [item for item in thresholds if not item.is_recurring]
    found = [item for item in once if before < sign * item.value <= now]
    found.sort(key=lambda item: sign * item.value)
    begin = max((sign * item.value for item in once), default=Decimal(0))
    steps = [step for item in thresholds if item.is_recurring for step in _steps(item, begin, before, now, sign)]
    return [*found, *steps]


def _steps(step: Threshold, begin: Decimal, before: Decimal, now: Decimal, sign: int) -> list[Threshold]:
    """Return the repetitions of a step after `begin` that lie in (before, now], the latest hundred at most."""
    first = max((before - begin) // step.value + 1, Decimal(1)) if before >= begin else Decimal(1)
    last = (now - begin) // step.value if now >= begin else Decimal(0)
    first = max(first, last - MOST_TOLD + 1)
    count = int(max(last - first + 1, Decimal(0)))
    return [
        Threshold(sign * (begin + step.value * (first + number)), step.code, is_recurring=True)
        for number in range(count)
    ]
