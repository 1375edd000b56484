"""
Which thresholds the usage of a subscription's life has reached (Lago rule M80).

| usage known before | reached is |
|---|---|
| below the highest fixed threshold | each fixed one up to the usage now; the step, if it fits above the highest |
| at or above it | the step, if what is new, with the rest of what was known after whole steps, is as long |

Amounts are minor units.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# A step of a cent may have been reached a million times: only the latest are told one by one.
MOST_STEPS = 100
RATIO_DECIMALS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold; `key` tells them apart. A recurring one is a step above the highest fixed one."""

    key: int
    amount_cents: int
    recurring: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """How far usage is on its way from the threshold before to one at `amount_cents`; 1 is reached."""

    key: int
    amount_cents: int
    ratio: Decimal


def crossed(thresholds: Iterable[Threshold], *, known_cents: int, now_cents: int) -> list[Threshold]:
    """Return the thresholds reached on the way from the usage known before to the usage now, the step last."""
    fixed, step = _sorted(thresholds)
    if now_cents <= known_cents:
        return []
    highest = fixed[-1].amount_cents if fixed else 0
    if known_cents < highest:
        found = [item for item in fixed if known_cents < item.amount_cents <= now_cents]
        return [*found, step] if step and now_cents - highest >= step.amount_cents else found
    if step and now_cents - known_cents + known_cents % step.amount_cents >= step.amount_cents:
        return [step]
    return []


def completions(thresholds: Iterable[Threshold], *, usage_cents: int) -> list[Completion]:
    """Return how far usage is towards each fixed threshold, then the step as often as it was reached and once more."""
    fixed, step = _sorted(thresholds)
    found, before = [], 0
    for item in fixed:
        found.append(_completion(item, before, item.amount_cents, usage_cents))
        before = item.amount_cents
    if step is None:
        return found
    times = max(usage_cents - before, 0) // step.amount_cents
    for time in range(max(times - MOST_STEPS, 0), times + 1):
        start = before + time * step.amount_cents
        found.append(_completion(step, start, start + step.amount_cents, usage_cents))
    return found


def last_and_next(reached: Sequence[Completion]) -> tuple[Completion | None, Completion | None]:
    """Return the last threshold that is reached, and the next one that is not."""
    last = next((item for item in reversed(reached) if item.ratio == 1), None)
    return last, next((item for item in reached if item.ratio < 1), None)


def _sorted(thresholds: Iterable[Threshold]) -> tuple[list[Threshold], Threshold | None]:
    items = sorted(thresholds, key=lambda item: item.amount_cents)
    fixed = [item for item in items if not item.recurring]
    return fixed, next((item for item in items if item.recurring), None)


def _completion(item: Threshold, start_cents: int, end_cents: int, usage_cents: int) -> Completion:
    way = min(max(usage_cents - start_cents, 0), end_cents - start_cents)
    ratio = Decimal(way) / (end_cents - start_cents)
    is_reached = usage_cents >= end_cents
    rounded = ratio.quantize(RATIO_DECIMALS, rounding=ROUND_HALF_UP)
    return Completion(item.key, end_cents, rounded if is_reached else min(rounded, 1 - RATIO_DECIMALS))
