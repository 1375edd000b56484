"""
How many units of a fixed charge a subscription has, and when.

| change | counts from |
|---|---|
| known when the subscription was made | its start |
| at once | the instant of the change |
| without a word | the start of the subscription's next period |

Whatever was made later wins over what was made before it and would only count later. Once a subscription has units of
its own, its plan's changes no longer reach it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from billing_site.core.money import exact
from billing_site.core.periods import MOMENT, Period, days_between, local_date

PLACES = Decimal("0.000001")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class UnitsChange:
    """A change as it was made; `is_own` if it was made for the one subscription alone."""

    units: Decimal
    changed_at: datetime
    at_once: bool = False
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on there are so many units."""

    at: datetime
    units: Decimal


def timeline(
    changes: Iterable[UnitsChange],
    *,
    started_at: datetime,
    known_at: datetime,
    next_start: Callable[[datetime], datetime],
) -> list[Step]:
    """
    Return since when the subscription has which units, in order of time.

    `changes` are in the order in which they were made; `known_at` is when the subscription was made or began, whichever
    is later; `next_start` gives the start of the period after the one that holds a moment.
    """
    steps: list[Step] = []
    has_own = False
    for change in changes:
        if has_own and not change.is_own:
            continue
        has_own = has_own or change.is_own
        at = _counts_from(change, started_at, known_at, next_start)
        steps = [step for step in steps if step.at < at]
        steps.append(Step(at, change.units))
    return steps


def units_at(steps: Sequence[Step], moment: datetime) -> Decimal:
    """Return the units that there are at a moment, zero before the first step."""
    return next((step.units for step in reversed(steps) if step.at <= moment), Decimal(0))


@exact
def prorated_units(steps: Sequence[Step], time: Period, full: Period, zone: str) -> Decimal:
    """
    Return the units of a part of a full period weighted by their days, each weight rounded to six decimals (rule M70).

    A day on which the units change counts for the new ones.
    """
    period_days = days_between(full.start, full.end, zone)
    begun = [step for step in steps if step.at < time.end]
    days = [local_date(max(step.at, time.start), zone) for step in begun]
    days.append(local_date(time.end - MOMENT, zone) + ONE_DAY)
    total = Decimal(0)
    for step, (first, following) in zip(begun, pairwise(days), strict=True):
        weighted = step.units * (following - first).days / period_days
        total += weighted.quantize(PLACES, rounding=ROUND_HALF_UP)
    return total


def _counts_from(
    change: UnitsChange, started_at: datetime, known_at: datetime, next_start: Callable[[datetime], datetime]
) -> datetime:
    if change.changed_at <= known_at:
        return started_at
    return change.changed_at if change.at_once else next_start(change.changed_at)
