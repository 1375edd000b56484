"""
Graduated percentage: each tier takes its percentage of the units that fall into it.

Adjacent ranges (0–10, 10–20) are read as the graduated model reads them. Lago knows only ranges that begin one unit
later and counts that unit twice when they do not; here each unit is in one tier.
"""

from plans.calculations.charge_models.contract import ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader
from plans.calculations.charge_models.tiers import Tier, TierKeys, graduate, read_tiers

KEYS = TierKeys(ranges="graduated_percentage_ranges", price="rate", invalid_price="invalid_rate")
PERCENT = 100


def read(reader: PropertyReader) -> tuple[Tier, ...]:
    """Return the tiers, noting the codes of `graduated_percentage_ranges`."""
    return read_tiers(reader, KEYS)


def price(tiers: tuple[Tier, ...], usage: UsageFigures, _currency: str) -> Price:
    """Return Σ units in tier × its rate ÷ 100 + its flat amount, over the tiers reached."""
    return graduate(tiers, usage, KEYS, per=PERCENT)


MODEL = ChargeModel(
    keys=(KEYS.ranges,),
    default={KEYS.ranges: [{"from_value": 0, "to_value": None, "rate": "0", "flat_amount": "0"}]},
    read=read,
    price=price,
)
