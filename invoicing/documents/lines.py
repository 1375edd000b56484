"""The lines of a document: what each fee is for, and how its amount came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing_site.core import localized
from invoicing.documents.languages import Words
from invoicing.models import Fee


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes in one language, currency and time zone."""

    words: Words
    locale: str
    currency: str
    timezone: str

    def amount(self, cents: int) -> str:
        """Write an amount in minor units."""
        return localized.amount(cents, self.currency, self.locale)

    def price(self, value: Any) -> str:
        """Write a price in major units; it may be text, as amount details have it."""
        return localized.price(Decimal(value), self.currency, self.locale)

    def number(self, value: Any) -> str:
        """Write a number; it may be text."""
        return localized.number(Decimal(value), self.locale)

    def percent(self, rate: Any) -> str:
        """Write a rate in percent; it may be text."""
        return localized.percent(Decimal(rate), self.locale)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of how an amount came about."""

    name: str
    units: str = ""
    price: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    period: str
    note: str
    units: str
    price: str
    tax: str
    amount: str
    steps: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one subscription; `name` is empty where there is but one."""

    name: str
    lines: list[Line] = field(default_factory=list)


def groups_of(fees: Sequence[Fee], names: Mapping[int, str], pen: Pen) -> list[Group]:
    """Return the fees as lines, those of a subscription (named by its key) together, in the order they were made."""
    groups: dict[int | None, Group] = {}
    for fee in fees:
        groups.setdefault(fee.subscription_id, Group(names.get(fee.subscription_id or 0, ""))).lines.append(
            _line(fee, pen)
        )
    if len(groups) > 1:
        return list(groups.values())
    return [Group("", group.lines) for group in groups.values()]


def _line(fee: Fee, pen: Pen) -> Line:
    steps = _steps(fee.amount_details, pen)
    notes = [fee.description, *(f"{key}: {value}" for key, value in fee.grouped_by.items() if value is not None)]
    return Line(
        name=fee.invoice_display_name or fee.item_name,
        period=localized.days(fee.from_at, fee.to_at, pen.timezone, pen.locale) if fee.from_at and fee.to_at else "",
        note=" · ".join(note for note in notes if note),
        units=pen.number(fee.units),
        price="" if steps and fee.fee_type == Fee.Type.CHARGE else pen.price(fee.precise_unit_amount),
        tax=", ".join(pen.percent(tax.rate) for tax in fee.taxes.all()),
        amount=pen.amount(fee.amount_cents),
        steps=[*steps, *_parts(fee, pen)],
    )


def _parts(fee: Fee, pen: Pen) -> list[Step]:
    """Return the units by what the charge shows them by; those of events that lack it come last."""
    parts = [(list(filter(None, by.values())), units) for by, units in fee.displayed_parts]
    ordered = sorted(parts, key=lambda part: (not part[0], part[0]))
    return [Step(" · ".join(names) or "–", pen.number(units)) for names, units in ordered]


def _steps(details: Mapping[str, Any], pen: Pen) -> list[Step]:
    """Return how an amount came about; details that are not known here are not shown."""
    for key, explain in _EXPLAINED_BY.items():
        if details.get(key) is not None:
            return explain(details, pen)
    return []


def _tiers(details: Mapping[str, Any], pen: Pen) -> list[Step]:
    steps = []
    for tier in details.get("graduated_ranges") or details["graduated_percentage_ranges"]:
        price = pen.percent(tier["rate"]) if "rate" in tier else pen.price(tier["per_unit_amount"])
        steps.append(
            Step(_range(tier, pen), pen.number(tier["units"]), price, pen.price(tier["per_unit_total_amount"]))
        )
        steps += _flat(_flat_amount(tier), pen)
    return steps


def _range(tier: Mapping[str, Any], pen: Pen) -> str:
    first, last = pen.number(tier["from_value"]), tier["to_value"]
    if last is None:
        return pen.words.range_without_end.format(first=first)
    return pen.words.range.format(first=first, last=pen.number(last))


def _flat_amount(tier: Mapping[str, Any]) -> Any:
    return tier.get("flat_unit_amount") or 0


def _flat(amount: Any, pen: Pen) -> list[Step]:
    return [Step(pen.words.flat_fee, amount=pen.price(amount))] if Decimal(amount) else []


def _volume(details: Mapping[str, Any], pen: Pen) -> list[Step]:
    flat = _flat(details["flat_unit_amount"], pen)
    total = pen.price(details["per_unit_total_amount"])
    return [Step(pen.words.all_units, price=pen.price(details["per_unit_amount"]), amount=total), *flat]


def _packages(details: Mapping[str, Any], pen: Pen) -> list[Step]:
    if not details["per_package_size"]:
        return []
    size, price = pen.number(details["per_package_size"]), pen.price(details["per_package_unit_amount"])
    sold = Step(pen.words.packages.format(size=size), pen.number(details["paid_units"]), price)
    return [*_free(details["free_units"], pen), sold]


def _free(units: Any, pen: Pen) -> list[Step]:
    return [Step(pen.words.free_units.format(units=pen.number(units)))] if Decimal(units) else []


def _percentage(details: Mapping[str, Any], pen: Pen) -> list[Step]:
    words, steps = pen.words, _free(details["free_units"], pen)
    if details["free_events"]:
        steps.append(Step(words.free_events.format(events=pen.number(details["free_events"]))))
    rate = words.rate_of_units.format(rate=pen.percent(details["rate"]))
    share = pen.price(details["per_unit_total_amount"])
    steps.append(Step(rate, pen.number(details["paid_units"]), amount=share))
    if Decimal(details["fixed_fee_total_amount"]):
        events, each = pen.number(details["paid_events"]), pen.price(details["fixed_fee_unit_amount"])
        steps.append(Step(words.fee_per_event, events, each, pen.price(details["fixed_fee_total_amount"])))
    if Decimal(adjustment := details["min_max_adjustment_total_amount"]):
        steps.append(Step(words.adjustment, amount=pen.price(adjustment)))
    return steps


def _days(details: Mapping[str, Any], pen: Pen) -> list[Step]:
    days, period_days = details.get("days"), details["period_days"]
    if days is None or days == period_days:
        return []
    return [Step(pen.words.prorated.format(days=days, period_days=period_days))]


# A key that only one model's details have → how they are told.
_EXPLAINED_BY = {
    "graduated_ranges": _tiers,
    "graduated_percentage_ranges": _tiers,
    "per_package_size": _packages,
    "rate": _percentage,
    "flat_unit_amount": _volume,
    "period_days": _days,
}
