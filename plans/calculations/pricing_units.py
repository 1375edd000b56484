"""Prices in units of the company's own, and what they come to in a currency."""

from dataclasses import dataclass
from decimal import Decimal

from billing_site.core.money import exact, round_half_up

DECIMALS = 2  # whatever the unit, hundredths of it are counted


@dataclass(frozen=True, slots=True)
class ConvertedPrice:
    """A price in hundredths of a pricing unit, and in major units of the currency (unrounded)."""

    amount_cents: int
    precise_amount_cents: Decimal
    unit_amount: Decimal
    currency_amount: Decimal
    currency_precise_amount: Decimal
    currency_unit_amount: Decimal


@exact
def convert(amount: Decimal, unit_amount: Decimal, rate: Decimal) -> ConvertedPrice:
    """
    Return a price with what it comes to in currency, `rate` being the major units that one pricing unit is worth.

    The amount is rounded to hundredths of the pricing unit first, as the customer sees it, and then converted.
    """
    precise = amount.scaleb(DECIMALS)
    cents = round_half_up(precise)
    return ConvertedPrice(
        amount_cents=cents,
        precise_amount_cents=precise,
        unit_amount=unit_amount,
        currency_amount=Decimal(cents).scaleb(-DECIMALS) * rate,
        currency_precise_amount=amount * rate,
        currency_unit_amount=unit_amount * rate,
    )
