"""Prices as a person writes them, in the customer's language: a line for each tier."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing_site.portal.visits import Visit
from plans.models import Charge

Properties = Mapping[str, Any]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes prices in a currency, or in a unit of the seller's own (`unit`)."""

    visit: Visit
    currency: str
    unit: str = ""

    def price(self, value: Any) -> str:
        """Write a price; it may be text."""
        amount = decimal(value)
        return f"{self.number(amount)}\xa0{self.unit}" if self.unit else self.visit.price(amount, self.currency)

    def number(self, value: Any) -> str:
        """Write a number; it may be text."""
        return self.visit.number(decimal(value))

    def rate(self, value: Any) -> str:
        """Write a rate in percent; it may be text."""
        return self.visit.percent(decimal(value))

    def lines(self, model: str, properties: Properties) -> list[str]:
        """Return a price in lines."""
        write = _MODELS.get(model)
        return write(self, properties) if write else [self.visit.words.as_sent]


def decimal(value: Any) -> Decimal:
    """Return a property as a number, nothing being zero."""
    return Decimal(str(value or 0))


def _standard(pen: Writer, properties: Properties) -> list[str]:
    return [pen.visit.words.each.format(price=pen.price(properties.get("amount")))]


def _package(pen: Writer, properties: Properties) -> list[str]:
    words, free = pen.visit.words, decimal(properties.get("free_units"))
    size = pen.number(properties.get("package_size"))
    lines = [words.each_package.format(price=pen.price(properties.get("amount")), size=size)]
    return lines + ([words.first_free.format(units=pen.number(free))] if free else [])


def _percentage(pen: Writer, properties: Properties) -> list[str]:
    words = pen.visit.words
    lines = [words.of_the_amount.format(rate=pen.rate(properties.get("rate")))]
    if decimal(properties.get("fixed_amount")):
        lines.append(words.each_event.format(price=pen.price(properties["fixed_amount"])))
    if decimal(properties.get("free_units_per_events")):
        lines.append(words.first_events_free.format(events=pen.number(properties["free_units_per_events"])))
    for name, text in (
        ("free_units_per_total_aggregation", words.first_free_amount),
        ("per_transaction_min_amount", words.at_least_event),
        ("per_transaction_max_amount", words.at_most_event),
    ):
        if decimal(properties.get(name)):
            lines.append(text.format(amount=pen.price(properties[name])))
    return lines


def _tiers(name: str, *, is_whole: bool = False) -> Callable[[Writer, Properties], list[str]]:
    def write(pen: Writer, properties: Properties) -> list[str]:
        tiers: Sequence[Properties] = properties.get(name) or []
        text = pen.visit.words.tier_for_all if is_whole else pen.visit.words.tier
        return [text.format(range=_range(pen, tier), price=_tier(pen, tier)) for tier in tiers]

    return write


def _range(pen: Writer, tier: Properties) -> str:
    words, first = pen.visit.words, pen.number(tier.get("from_value"))
    if tier.get("to_value") is None:
        return words.from_on.format(first=first) if decimal(tier.get("from_value")) else words.any_number
    return words.range.format(first=first, last=pen.number(tier["to_value"]))


def _tier(pen: Writer, tier: Properties) -> str:
    words, parts = pen.visit.words, []
    if "rate" in tier:
        parts.append(pen.rate(tier["rate"]))
    elif decimal(tier.get("per_unit_amount")):
        parts.append(words.each.format(price=pen.price(tier["per_unit_amount"])))
    if decimal(tier.get("flat_amount")):
        parts.append(words.flat.format(price=pen.price(tier["flat_amount"])))
    return " + ".join(parts) or words.free


_MODELS: Mapping[str, Callable[[Writer, Properties], list[str]]] = {
    Charge.Model.STANDARD: _standard,
    Charge.Model.PACKAGE: _package,
    Charge.Model.PERCENTAGE: _percentage,
    Charge.Model.GRADUATED: _tiers("graduated_ranges"),
    Charge.Model.VOLUME: _tiers("volume_ranges", is_whole=True),
    Charge.Model.GRADUATED_PERCENTAGE: _tiers("graduated_percentage_ranges"),
}
