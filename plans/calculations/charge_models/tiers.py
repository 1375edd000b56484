"""Ranges of units, each with its price: how they are read, and how units fill them one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from billing_site.core.money import plain
from plans.calculations.charge_models.contract import ZERO, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader


@dataclass(frozen=True, slots=True)
class Tier:
    """
    A range of units; `to_value` belongs to it, None means without end.

    `price` is what the model asks for a unit: an amount in major units, or a rate in percent. `flat_amount` is in
    major units and due once when the tier is reached.
    """

    from_value: Decimal
    to_value: Decimal | None
    price: Decimal
    flat_amount: Decimal


@dataclass(frozen=True, slots=True)
class TierKeys:
    """The names and codes under which a model has its tiers: `graduated_ranges` with `per_unit_amount`, for example."""

    ranges: str
    price: str
    invalid_price: str = "invalid_amount"
    invalid_flat_amount: str = "invalid_amount"


def read_tiers(reader: PropertyReader, keys: TierKeys) -> tuple[Tier, ...]:
    """
    Return the tiers of a charge, noting the codes of what is wrong.

    The first begins at 0, each next one where the one before ends or one unit after that, and only the last has no
    end.
    """
    given = reader.raw.get(keys.ranges)
    if not given:
        reader.refuse(keys.ranges, f"missing_{keys.ranges}")
        return ()
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        reader.refuse(keys.ranges, f"invalid_{keys.ranges}")
        return ()
    readers = [reader.child(item) for item in given]
    tiers = tuple(
        Tier(
            from_value=ZERO if (bound := item.bound("from_value")) is None else bound,
            to_value=item.bound("to_value"),
            price=item.amount(keys.price, keys.invalid_price),
            flat_amount=item.amount("flat_amount", keys.invalid_flat_amount),
        )
        for item in readers
    )
    if not _has_all_bounds(readers) or not _follow_each_other(tiers):
        reader.refuse(keys.ranges, f"invalid_{keys.ranges}")
    return tiers


def graduate(tiers: Sequence[Tier], usage: UsageFigures, keys: TierKeys, *, per: int = 1) -> Price:
    """
    Return what the units cost when each tier prices those that fall into it, with the flat amounts of all tiers
    reached.

    `per` divides the price of a tier: 100 for a rate in percent. Without any units the first tier is reached all the
    same and its flat amount is due, as in Lago.

    A tier holds the units above the end of the one before, whether it is written to begin there (0–10, 10–20) or one
    unit later (0–10, 11–20). Lago gets to the same where a charge keeps to one of the two ways; where it mixes them,
    and for adjacent ranges of percentages, Lago counts up to one unit twice, which we do not.
    """
    amount, floor, details = ZERO, ZERO, []
    for tier in tiers:
        ceiling = usage.units if tier.to_value is None else min(usage.units, tier.to_value)
        cost = (ceiling - floor) * tier.price / per
        details.append(tier_detail(tier, keys, ceiling - floor, cost))
        amount += cost + tier.flat_amount
        if tier.to_value is None or tier.to_value >= usage.units:
            break
        floor = tier.to_value
    return Price(amount, usage.average(amount), {keys.ranges: details})


def tier_detail(tier: Tier, keys: TierKeys, units: Decimal, cost: Decimal) -> dict[str, Any]:
    """Return what a tier says of its units, under Lago's keys."""
    return {
        "from_value": _bound_as_json(tier.from_value),
        "to_value": None if tier.to_value is None else _bound_as_json(tier.to_value),
        "flat_unit_amount": plain(tier.flat_amount),
        keys.price: plain(tier.price),
        "units": plain(units),
        "per_unit_total_amount": plain(cost),
        "total_with_flat_amount": plain(cost + tier.flat_amount),
    }


def _bound_as_json(value: Decimal) -> int | str:
    return int(value) if value == value.to_integral_value() else plain(value)


def _has_all_bounds(readers: Sequence[PropertyReader]) -> bool:
    ends = [reader.bound("to_value") for reader in readers[:-1]]
    starts = [reader.bound("from_value") for reader in readers]
    return None not in ends and None not in starts and readers[-1].raw.get("to_value") is None


def _follow_each_other(tiers: Sequence[Tier]) -> bool:
    ends = [tier.to_value for tier in tiers[:-1] if tier.to_value is not None]
    return (
        tiers[0].from_value == 0
        and all(end > tier.from_value for end, tier in zip(ends, tiers, strict=False))
        and all(
            before.to_value is not None and after.from_value - before.to_value in (0, 1)
            for before, after in pairwise(tiers)
        )
    )
