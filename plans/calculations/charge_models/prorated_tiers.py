"""
Tiers that are filled step by step, each step weighed by its days (Lago rule M64).

The full quantities say which tiers a step falls into; in each it is paid for as much of it as its days make of the
period. What is taken away leaves the tiers from above, again by its own days: a seat that goes has no days left, and
so gives nothing back. The flat amounts are due for all tiers that were reached at any time.
"""

from collections.abc import Sequence
from decimal import Decimal

from plans.calculations.charge_models.contract import ZERO, Price, UsageFigures
from plans.calculations.charge_models.tiers import Tier, TierKeys, tier_detail


def graduate_by_days(tiers: Sequence[Tier], usage: UsageFigures, keys: TierKeys) -> Price:
    """Return what the steps of usage (`event_values` beside `prorated_values`) cost, with the tiers' flat amounts."""
    units, total, highest = [ZERO] * len(tiers), ZERO, ZERO
    for full, prorated in zip(usage.event_values, usage.prorated_values, strict=True):
        if full >= 0 and not prorated:
            continue
        if not full:  # units of a fixed charge of which none is left were in the first tier
            units[0] += prorated
            continue
        below, above = sorted((total, total + full))
        for number, share in enumerate(_shares(tiers, below, above)):
            units[number] += share * prorated / abs(full)
        total += full
        highest = max(highest, total)
    amount, details, floor = ZERO, [], None
    for tier, used in zip(tiers, units, strict=True):
        if floor is not None and floor >= highest:
            break
        cost = used * tier.price
        details.append(tier_detail(tier, keys, used, cost))
        amount += cost + tier.flat_amount
        floor = tier.to_value
    return Price(amount, usage.average(amount), {keys.ranges: details})


def _shares(tiers: Sequence[Tier], below: Decimal, above: Decimal) -> list[Decimal]:
    """Return how much of the units between two totals falls into each tier; less than nothing is in the first."""
    shares, floor = [], min(below, ZERO)
    for tier in tiers:
        ceiling = above if tier.to_value is None else min(above, tier.to_value)
        shares.append(max(ceiling - max(below, floor), ZERO))
        floor = floor if tier.to_value is None else tier.to_value
    return shares
