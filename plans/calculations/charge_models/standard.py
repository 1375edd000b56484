"""Standard: every unit costs the same."""

from dataclasses import dataclass
from decimal import Decimal

from plans.calculations.charge_models.contract import ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader


@dataclass(frozen=True, slots=True)
class StandardTerms:
    """The price of a unit, in major units."""

    amount: Decimal


def read(reader: PropertyReader) -> StandardTerms:
    """Return the terms, noting `invalid_amount`."""
    return StandardTerms(reader.amount("amount", "invalid_amount"))


def price(terms: StandardTerms, usage: UsageFigures, _currency: str) -> Price:
    """Return units × price."""
    amount = price_alone(terms, usage.units)
    return Price(amount, usage.average(amount), {})


def price_alone(terms: StandardTerms, units: Decimal) -> Decimal:
    """Return units × price."""
    return units * terms.amount


MODEL = ChargeModel(keys=("amount",), default={"amount": "0"}, read=read, price=price, price_alone=price_alone)
