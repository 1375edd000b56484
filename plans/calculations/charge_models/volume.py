"""Volume: all units cost the price of the tier that their total falls into."""

from billing_site.core.money import plain
from plans.calculations.charge_models.contract import ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader
from plans.calculations.charge_models.tiers import Tier, TierKeys, read_tiers

KEYS = TierKeys(ranges="volume_ranges", price="per_unit_amount")


def read(reader: PropertyReader) -> tuple[Tier, ...]:
    """Return the tiers, noting the codes of `volume_ranges`."""
    return read_tiers(reader, KEYS)


def price(tiers: tuple[Tier, ...], usage: UsageFigures, _currency: str) -> Price:
    """
    Return units × price of the tier + its flat amount, which is due without units too.

    A total between two tiers (100.5 with 0–100 and 101–200) belongs to the upper one. With proration by days the units
    as used choose the tier, and the prorated ones are paid.
    """
    tier = next(tier for tier in tiers if tier.to_value is None or usage.counted_units <= tier.to_value)
    cost = usage.units * tier.price
    amount = cost + tier.flat_amount
    details = {
        "flat_unit_amount": plain(tier.flat_amount),
        "per_unit_amount": plain(usage.average(cost)),
        "per_unit_total_amount": plain(cost),
    }
    return Price(amount, usage.average(amount), details)


MODEL = ChargeModel(
    keys=(KEYS.ranges,),
    default={KEYS.ranges: [{"from_value": 0, "to_value": None, "per_unit_amount": "0", "flat_amount": "0"}]},
    read=read,
    price=price,
)
