"""The price of some days of a period."""

from decimal import Decimal
from typing import NamedTuple

from billing_site.core.money import exact, round_half_up


class ProratedAmount(NamedTuple):
    """An amount in minor units, rounded once (`cents`) and as it was before (`precise_cents`)."""

    cents: int
    precise_cents: Decimal


@exact
def prorated_cents(amount_cents: int, days: int, period_days: int) -> ProratedAmount:
    """
    Return the share of a full period's price that falls on some of its days, half up (Lago rules M4, M5 and M30).

    Lago divides in binary floating point; we divide in decimals, so a share of exactly half a cent always goes up
    here, where Lago's may fall either way.

    :raises ValueError: if the days are negative or the period has none
    """
    if days < 0 or period_days <= 0:
        raise ValueError("A share of a period is some of its days.")
    precise_cents = Decimal(amount_cents) * days / period_days
    return ProratedAmount(round_half_up(precise_cents), precise_cents)
