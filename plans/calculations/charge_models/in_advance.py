"""
What one event costs when it is paid for at once: the usage with it, priced, less the usage without it (rule M56).

| model | details of the event's price |
|---|---|
| percentage | the difference of each figure; the rate as it is |
| graduated percentage | for each range the difference of units and of totals; the flat amount where it was opened |
| others | none |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing_site.core.money import exact, plain
from plans.calculations.charge_models import Properties, price
from plans.calculations.charge_models.contract import ZERO, Price, UsageFigures

NOTHING = Price(ZERO, ZERO, {})
PRICED_WITHOUT_UNITS = ("percentage", "custom")


@dataclass(frozen=True, slots=True)
class EventUsage:
    """Usage up to an event and with it, and what of it is the event's own."""

    including: UsageFigures
    units: Decimal
    precise_total_amount_cents: Decimal = ZERO
    stated_amount: Decimal = ZERO

    @property
    def excluding(self) -> UsageFigures:
        """Return the usage without the event, which is the last of all."""
        whole = self.including
        return UsageFigures(
            units=whole.units - self.units,
            events_count=max(whole.events_count - 1, 0),
            event_values=whole.event_values[:-1],
            precise_total_amount_cents=whole.precise_total_amount_cents - self.precise_total_amount_cents,
            stated_amount=whole.stated_amount - self.stated_amount,
        )


@exact
def event_price(model: str, usage: EventUsage, properties: Properties, *, currency: str) -> Price:
    """Return what an event costs, in major units and unrounded; never less than nothing."""
    before = _priced(model, usage.excluding, properties, currency)
    after = _priced(model, usage.including, properties, currency)
    amount = max(after.amount - before.amount, ZERO)
    details = DETAILS[model](before.amount_details, after.amount_details) if model in DETAILS else {}
    return Price(amount, amount / usage.units if usage.units else ZERO, details)


def _priced(model: str, usage: UsageFigures, properties: Properties, currency: str) -> Price:
    """Return the price; without any units nothing is reached, so that the first event pays the first flat amount."""
    if not usage.units and model not in PRICED_WITHOUT_UNITS:
        return NOTHING
    return price(model, usage, properties, currency=currency)


def _of_percentage(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        key: value if key == "rate" else plain(Decimal(value) - Decimal(before[key])) for key, value in after.items()
    }
    found["fixed_fee_unit_amount"] = after["fixed_fee_unit_amount"] if Decimal(found["paid_events"]) else "0"
    return found


def _of_graduated_percentage(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    name = "graduated_percentage_ranges"
    earlier = {row["from_value"]: row for row in before.get(name, ())}
    return {name: [_of_range(earlier.get(row["from_value"]), row) for row in after.get(name, ())]}


def _of_range(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, Any]:
    units, total = Decimal(after["units"]), Decimal(after["total_with_flat_amount"])
    if before is not None:
        units, total = units - Decimal(before["units"]), total - Decimal(before["total_with_flat_amount"])
    return {
        **after,
        "units": plain(units),
        "flat_unit_amount": "0" if before is not None else after["flat_unit_amount"],
        "per_unit_total_amount": plain(total / units if units else ZERO),
        "total_with_flat_amount": plain(total),
    }


DETAILS = {"percentage": _of_percentage, "graduated_percentage": _of_graduated_percentage}
