"""What a charge model is given and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from plans.calculations.charge_models.properties import PropertyReader

ZERO = Decimal(0)
Terms = TypeVar("Terms")


class UsageFigures(msgspec.Struct, frozen=True):
    """
    The usage of one charge (or of one of its groups) in one period.

    `units` are what is priced; where a charge is prorated by days, `full_units` are the units before that, which
    choose the tier and divide the amount. `event_values` are the events' own values in order of time, needed only
    where `needs_event_values` says so; `prorated_values` beside them are what days make of them, needed where tiers are
    prorated. `precise_total_amount_cents` is the sum that the events themselves state, in
    minor units. `stated_amount` is what a custom aggregation has made of the events, in major units.
    """

    units: Decimal
    events_count: int
    event_values: Sequence[Decimal] = ()
    precise_total_amount_cents: Decimal = ZERO
    full_units: Decimal | None = None
    prorated_values: Sequence[Decimal] = ()
    stated_amount: Decimal = ZERO

    @property
    def counted_units(self) -> Decimal:
        """Return the units that were used, before any proration by days."""
        return self.units if self.full_units is None else self.full_units

    def average(self, amount: Decimal) -> Decimal:
        """Return what one unit came to, zero without units."""
        return amount / self.counted_units if self.counted_units else ZERO


class Price(msgspec.Struct, frozen=True):
    """
    What usage costs, in major units and unrounded, with the price of one unit.

    `amount_details` say how it came about, under Lago's keys and ready for JSON: decimals as text, counts as integers.
    """

    amount: Decimal
    unit_amount: Decimal
    amount_details: dict[str, Any]


def _never(_terms: object) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ChargeModel(Generic[Terms]):
    """
    A way of pricing: how its properties are read, what they are by default, and what usage costs under them.

    `keys` are the properties it knows; `price` is given its terms, the usage and the currency. A model under which an
    event's price does not hang on the events before it has `price_alone`: of the event's units, in major units.
    """

    keys: tuple[str, ...]
    default: Mapping[str, Any]
    read: Callable[[PropertyReader], Terms]
    price: Callable[[Terms, UsageFigures, str], Price]
    needs_event_values: Callable[[Terms], bool] = _never
    price_alone: Callable[[Terms, Decimal], Decimal] | None = None
