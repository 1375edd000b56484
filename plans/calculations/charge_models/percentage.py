"""
Percentage: a share of the units, which are money here, and a fixed amount for each event (Lago rules M50 to M54).

Without bounds per transaction the whole is priced at once; with them each event is, in order of time, for the bounds
hold for each alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from billing_site.core.money import plain
from plans.calculations.charge_models.contract import ZERO, ChargeModel, Price, UsageFigures
from plans.calculations.charge_models.properties import PropertyReader

MAX_BELOW_MIN = "per_transaction_max_lower_than_per_transaction_min"


@dataclass(frozen=True, slots=True)
class PercentageTerms:
    """
    A rate in percent, amounts in major units, and what is free: so many events, so many units, or what runs out first.

    An allowance of 0 is none.
    """

    rate: Decimal
    fixed_amount: Decimal = ZERO
    free_events: int = 0
    free_units: Decimal = ZERO
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None

    @property
    def bounds_each_event(self) -> bool:
        """Say whether an event alone has a lowest or highest price."""
        return self.min_amount is not None or self.max_amount is not None

    @property
    def needs_event_values(self) -> bool:
        """Say whether the price depends on the single events, not on their sum and number alone."""
        return bool(self.bounds_each_event or self.free_events or self.free_units)


def read(reader: PropertyReader) -> PercentageTerms:
    """Return the terms, noting the codes of the percentage model."""
    free_events = 0
    if reader.raw.get("free_units_per_events") is not None:
        free_events = reader.count("free_units_per_events", "invalid_free_units_per_events", minimum=1)
    free_units_key = "free_units_per_total_aggregation"
    terms = PercentageTerms(
        rate=reader.amount("rate", "invalid_rate"),
        fixed_amount=reader.optional_amount("fixed_amount", "invalid_fixed_amount") or ZERO,
        free_events=free_events,
        free_units=reader.optional_amount(free_units_key, f"invalid_{free_units_key}") or ZERO,
        min_amount=_bound_per_event(reader, "per_transaction_min_amount"),
        max_amount=_bound_per_event(reader, "per_transaction_max_amount"),
    )
    if terms.min_amount is not None and terms.max_amount is not None and terms.max_amount < terms.min_amount:
        reader.refuse("per_transaction_max_amount", MAX_BELOW_MIN)
    return terms


def price(terms: PercentageTerms, usage: UsageFigures, _currency: str) -> Price:
    """Return the share of the paid units and the fixed amounts of the paid events, or the sum of bounded events."""
    free_units, free_events = _allowances(terms, usage)
    share = max(usage.units - free_units, ZERO) * terms.rate / 100
    paid_events = max(usage.events_count - free_events, 0)
    fixed = paid_events * terms.fixed_amount if usage.units else ZERO
    amount = share + fixed
    if terms.bounds_each_event:
        amount = sum(_bounded_events(terms, usage.event_values), ZERO)
    return Price(
        amount,
        usage.average(amount),
        {
            "units": plain(usage.units),
            "free_units": plain(free_units),
            "free_events": usage.events_count - paid_events,
            "paid_units": plain(max(usage.units - free_units, ZERO)),
            "rate": plain(terms.rate),
            "per_unit_total_amount": plain(share),
            "paid_events": paid_events,
            "fixed_fee_unit_amount": plain(terms.fixed_amount if paid_events else ZERO),
            "fixed_fee_total_amount": plain(fixed),
            "min_max_adjustment_total_amount": plain(amount - share - fixed),
        },
    )


def price_alone(terms: PercentageTerms, units: Decimal) -> Decimal:
    """Return the share of an event's units and its fixed amount, within the bounds; nothing of it is free."""
    return _within(terms, units * terms.rate / 100 + terms.fixed_amount)


def _bound_per_event(reader: PropertyReader, name: str) -> Decimal | None:
    # Lago takes an empty text for none here, and only here.
    return None if reader.raw.get(name) == "" else reader.optional_amount(name, "invalid_amount")


def _allowances(terms: PercentageTerms, usage: UsageFigures) -> tuple[Decimal, int]:
    """Return the units and the number of events that are free (Lago rules M51 and M52)."""
    totals = _running_totals(terms, usage.event_values)
    if not totals:
        return ZERO, terms.free_events
    free_units = min(totals[-1], terms.free_units) if terms.free_units else totals[-1]
    below = sum(total < terms.free_units for total in totals) if terms.free_units else 0
    return max(free_units, ZERO), min((count for count in (terms.free_events, below) if count), default=0)


def _running_totals(terms: PercentageTerms, values: Sequence[Decimal]) -> list[Decimal]:
    """Return the totals after each event that may be free: the first few, or those until the free units are used up."""
    if terms.free_events:
        return list(accumulate(values[: terms.free_events]))
    totals: list[Decimal] = []
    if terms.free_units:
        for total in accumulate(values):
            totals.append(total)
            if total > terms.free_units:
                break
    return totals


def _bounded_events(terms: PercentageTerms, values: Sequence[Decimal]) -> Iterator[Decimal]:
    """Yield what each paid event costs within its bounds (Lago rule M53)."""
    events_left, units_left = terms.free_events, terms.free_units
    for value in values:
        paid = value
        if events_left > 0 or units_left > 0:
            events_left -= 1
            if units_left <= 0:
                continue
            if units_left > value:
                units_left -= value
                continue
            paid, events_left, units_left = value - units_left, 0, ZERO
        yield price_alone(terms, paid)


def _within(terms: PercentageTerms, amount: Decimal) -> Decimal:
    if terms.min_amount is not None and amount < terms.min_amount:
        return terms.min_amount
    if terms.max_amount is not None and amount > terms.max_amount:
        return terms.max_amount
    return amount


_DEFAULT: dict[str, Any] = {"rate": "0"}
MODEL = ChargeModel(
    keys=(
        "rate",
        "fixed_amount",
        "free_units_per_events",
        "free_units_per_total_aggregation",
        "per_transaction_min_amount",
        "per_transaction_max_amount",
    ),
    default=_DEFAULT,
    read=read,
    price=price,
    needs_event_values=lambda terms: terms.needs_event_values,
    price_alone=price_alone,
)
