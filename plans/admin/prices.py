"""Prices as a person writes them: a line for each tier, no JSON."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from billing_site.core import money
from plans.models import Charge


def in_words(model: str, properties: Mapping[str, Any], currency: str) -> list[str]:
    """Return the price of a charge in lines, amounts in major units with their currency."""
    writer = _WRITERS.get(model)
    return writer(properties, currency) if writer else ["As sent with each event"]


def _standard(properties: Mapping[str, Any], currency: str) -> list[str]:
    return [f"{price_in(currency, properties.get('amount'))} each"]


def _package(properties: Mapping[str, Any], currency: str) -> list[str]:
    size, free = properties.get("package_size"), Decimal(str(properties.get("free_units") or 0))
    lines = [f"{price_in(currency, properties.get('amount'))} for each {plain_number(size)} begun"]
    return lines + ([f"the first {plain_number(free)} free"] if free else [])


def _percentage(properties: Mapping[str, Any], currency: str) -> list[str]:
    lines = [f"{plain_number(properties.get('rate'))} % of the amount"]
    if _is_some(properties.get("fixed_amount")):
        lines.append(f"and {price_in(currency, properties['fixed_amount'])} for each event")
    if properties.get("free_units_per_events"):
        lines.append(f"the first {plain_number(properties['free_units_per_events'])} events free")
    for name, words in (
        ("free_units_per_total_aggregation", "the first {} free"),
        ("per_transaction_min_amount", "at least {} an event"),
        ("per_transaction_max_amount", "at most {} an event"),
    ):
        if _is_some(properties.get(name)):
            lines.append(words.format(price_in(currency, properties[name])))
    return lines


def _tiers(name: str, *, is_whole: bool = False) -> Any:
    def write(properties: Mapping[str, Any], currency: str) -> list[str]:
        ranges: Sequence[Mapping[str, Any]] = properties.get(name) or []
        return [f"{_range(tier)}: {_tier(tier, currency)}{' for all of them' if is_whole else ''}" for tier in ranges]

    return write


def _tier(tier: Mapping[str, Any], currency: str) -> str:
    parts = []
    if "rate" in tier:
        parts.append(f"{plain_number(tier['rate'])} %")
    elif _is_some(tier.get("per_unit_amount")):
        parts.append(f"{price_in(currency, tier['per_unit_amount'])} each")
    if _is_some(tier.get("flat_amount")):
        parts.append(price_in(currency, tier["flat_amount"]))
    return " and ".join(parts) or "free"


def _range(tier: Mapping[str, Any]) -> str:
    first = Decimal(str(tier.get("from_value") or 0))
    if tier.get("to_value") is None:
        return f"from {plain_number(first)} on" if first else "any number"
    return f"{plain_number(first)} to {plain_number(tier['to_value'])}"


_WRITERS = {
    Charge.Model.STANDARD: _standard,
    Charge.Model.PACKAGE: _package,
    Charge.Model.PERCENTAGE: _percentage,
    Charge.Model.GRADUATED: _tiers("graduated_ranges"),
    Charge.Model.VOLUME: _tiers("volume_ranges", is_whole=True),
    Charge.Model.GRADUATED_PERCENTAGE: _tiers("graduated_percentage_ranges"),
}


def price_in(currency: str, value: Any) -> str:
    """Return a price with its currency, and at least as many decimals as that has."""
    least = money.EXPONENTS.get(currency, 2)
    whole, _, fraction = plain_number(value).partition(".")
    return f"{currency}\xa0{whole}{'.' if least or fraction else ''}{fraction.ljust(least, '0')}"


def plain_number(value: Any) -> str:
    """Return a number as people read it, without needless zeros."""
    digits = f"{Decimal(str(value or 0)):,f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _is_some(value: Any) -> bool:
    return bool(value) and Decimal(str(value)) != 0
