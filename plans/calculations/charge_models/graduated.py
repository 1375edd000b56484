"""Graduated: each tier prices the units that fall into it."""

from plans.calculations.charge_models.contract import ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader
from plans.calculations.charge_models.prorated_tiers import graduate_by_days
from plans.calculations.charge_models.tiers import Tier, TierKeys, graduate, read_tiers

KEYS = TierKeys(ranges="graduated_ranges", price="per_unit_amount", invalid_flat_amount="invalid_flat_amount")


def read(reader: PropertyReader) -> tuple[Tier, ...]:
    """Return the tiers, noting the codes of `graduated_ranges`."""
    return read_tiers(reader, KEYS)


def price(tiers: tuple[Tier, ...], usage: UsageFigures, _currency: str) -> Price:
    """Return Σ units in tier × its price + its flat amount, over the tiers reached; weighed by days if prorated."""
    if usage.full_units is not None:
        return graduate_by_days(tiers, usage, KEYS)
    return graduate(tiers, usage, KEYS)


MODEL = ChargeModel(
    keys=(KEYS.ranges,),
    default={KEYS.ranges: [{"from_value": 0, "to_value": None, "per_unit_amount": "0", "flat_amount": "0"}]},
    read=read,
    price=price,
)
