"""Dynamic: the events say themselves what they cost."""

from billing_site.core.money import exponent
from plans.calculations.charge_models.contract import ZERO, ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader


def read(_reader: PropertyReader) -> None:
    """Return no terms: the model has no properties. (That its metric must be a sum is the charge's own rule.)"""


def price(_terms: None, usage: UsageFigures, currency: str) -> Price:
    """Return the sum of the amounts that the events state, which does not count without units."""
    amount = usage.precise_total_amount_cents.scaleb(-exponent(currency)) if usage.counted_units else ZERO
    return Price(amount, usage.average(amount), {})


MODEL = ChargeModel(keys=(), default={}, read=read, price=price)
