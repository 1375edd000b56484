"""Custom: the metric's own expressions say what its events cost; the charge hands them its `custom_properties`."""

from collections.abc import Mapping
from typing import Any

from plans.calculations.charge_models.contract import ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader


def read(reader: PropertyReader) -> Mapping[str, Any]:
    """Return what the expressions may read by name, noting `invalid_type`."""
    return reader.values("custom_properties")


def price(_terms: Mapping[str, Any], usage: UsageFigures, _currency: str) -> Price:
    """Return the amount that the metric has made of its events."""
    return Price(usage.stated_amount, usage.average(usage.stated_amount), {})


MODEL = ChargeModel(keys=("custom_properties",), default={"custom_properties": {}}, read=read, price=price)
