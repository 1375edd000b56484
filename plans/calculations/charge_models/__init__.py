"""
The charge models: what usage costs, as pure functions.

A model is one file with a `MODEL`, and one line in the table below.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing_site.core.money import exact
from plans.calculations.charge_models import (
    custom,
    dynamic,
    graduated,
    graduated_percentage,
    package,
    percentage,
    standard,
    volume,
)
from plans.calculations.charge_models.contract import ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import (
    GROUPING_KEYS,
    Grouping,
    InvalidProperties,
    PropertyReader,
    read_grouping,
)

CHARGE_MODELS: Mapping[str, ChargeModel[Any]] = {
    "standard": standard.MODEL,
    "graduated": graduated.MODEL,
    "graduated_percentage": graduated_percentage.MODEL,
    "package": package.MODEL,
    "percentage": percentage.MODEL,
    "volume": volume.MODEL,
    "dynamic": dynamic.MODEL,
    "custom": custom.MODEL,
}
# Those that can say what an event costs without a look at what was used before.
INSTANT_MODELS = tuple(name for name, model in CHARGE_MODELS.items() if model.price_alone)

__all__ = [
    "CHARGE_MODELS",
    "INSTANT_MODELS",
    "Grouping",
    "InvalidProperties",
    "Price",
    "Properties",
    "UsageFigures",
    "default_properties",
    "known_properties",
    "needs_event_values",
    "parse_properties",
    "price",
    "price_alone",
]


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of a charge, read and found good: the terms of its model and its groups."""

    terms: Any
    grouping: Grouping = Grouping()


def default_properties(model: str) -> dict[str, Any]:
    """Return the properties, as JSON, of a charge that names none: all prices are zero."""
    return deepcopy(dict(CHARGE_MODELS[model].default))


def known_properties(model: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a JSON object that the model knows; Lago drops the rest without a word, and so do we."""
    return {key: raw[key] for key in (*CHARGE_MODELS[model].keys, *GROUPING_KEYS) if key in raw}


def parse_properties(model: str, raw: Mapping[str, Any]) -> Properties:
    """
    Turn the JSON of a charge's properties into types.

    :raises InvalidProperties: with a code for each mistake
    """
    reader = PropertyReader(raw)
    properties = Properties(CHARGE_MODELS[model].read(reader), read_grouping(reader))
    reader.finish()
    return properties


def needs_event_values(model: str, properties: Properties, *, is_prorated: bool = False) -> bool:
    """
    Say whether `price` looks at the single events: percentages with an allowance or a bound per transaction do, and
    graduated tiers whose usage is prorated.
    """
    return (is_prorated and model == "graduated") or CHARGE_MODELS[model].needs_event_values(properties.terms)


@exact
def price(model: str, usage: UsageFigures, properties: Properties, *, currency: str) -> Price:
    """
    Return what usage costs under a charge's properties, in major units of the currency and unrounded.

    Negative units give what the arithmetic gives; whoever makes a fee of it takes nothing for less than nothing.
    """
    return CHARGE_MODELS[model].price(properties.terms, usage, currency)


@exact
def price_alone(model: str, units: Decimal, properties: Properties) -> Price:
    """
    Return what the units of one event cost whatever was used before (table 1.3); less than nothing costs nothing.

    :raises ValueError: if the model is none of `INSTANT_MODELS`
    """
    own = CHARGE_MODELS[model].price_alone
    if own is None:
        raise ValueError(f"{model} has no price for an event alone.")
    amount = own(properties.terms, units) if units >= 0 else Decimal(0)
    return Price(amount, amount / units if units > 0 else Decimal(0), {})
