"""
Usage at the end of its period, if it goes on as it began.

| of a metric | is expected to come to |
|---|---|
| that is recurring | what it is now |
| any other | units × days of the period ÷ days so far, rounded to hundredths, priced anew |

Where prices look at single events, those so far are taken to come again and again in the same order.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import cycle, islice

from msgspec.structs import replace

from billing_site.core.money import exact
from plans.calculations.charge_models import Price, Properties, UsageFigures, price

HUNDREDTHS = Decimal("0.01")
MAX_EVENTS = 100_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How many days of a period have begun, of how many."""

    days: int
    of_days: int

    @exact
    def extended(self, value: Decimal) -> Decimal:
        """Return what a figure comes to when all days have been like those so far."""
        return value * self.of_days / self.days


@exact
def extended(usage: UsageFigures, progress: Progress) -> UsageFigures:
    """Return the usage of all days; nothing is new in a period that has reached its last day."""
    if progress.days >= progress.of_days:
        return usage
    return replace(
        usage,
        units=_hundredths(progress.extended(usage.units)),
        events_count=_times(usage.events_count, progress),
        event_values=_again(usage, progress),
        precise_total_amount_cents=progress.extended(usage.precise_total_amount_cents),
        stated_amount=progress.extended(usage.stated_amount),
    )


@exact
def projected_price(model: str, usage: UsageFigures, properties: Properties, *, currency: str) -> Price:
    """Return what extended usage costs; of very many events the first ones stand for all."""
    found = price(model, usage, properties, currency=currency)
    known = len(usage.event_values)
    if not known or known >= usage.events_count:
        return found
    amount = found.amount * usage.events_count / known
    return Price(amount, usage.average(amount), found.amount_details)


def _again(usage: UsageFigures, progress: Progress) -> tuple[Decimal, ...]:
    wanted = _times(len(usage.event_values), progress)
    return tuple(islice(cycle(usage.event_values), min(wanted, max(MAX_EVENTS, len(usage.event_values)))))


def _times(count: int, progress: Progress) -> int:
    return int(progress.extended(Decimal(count)).quantize(Decimal(1), ROUND_HALF_UP))


def _hundredths(units: Decimal) -> Decimal:
    return units.quantize(HUNDREDTHS, ROUND_HALF_UP)
