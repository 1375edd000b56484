"""The calculator of a plan's page: what would so many units cost? Computed by the prices themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from billing_site.core.admin.fields import figure, whole
from billing_site.core.admin.shown import shown_money, shown_number
from plans.admin.prices import plain_number, price_in
from plans.calculations.pricing_units import DECIMALS
from plans.models import Charge, ChargeFilter, Plan
from plans.selectors import quotes
from plans.selectors.charges import live_filters
from plans.selectors.quotes import Asked, Quote
from plans.selectors.rating import Bucket, RatedUsage

# What such a charge costs is in its events, not in its units.
UNKNOWN = {
    Charge.Model.DYNAMIC: "each event says what it costs",
    Charge.Model.CUSTOM: "the metric's expressions say what it costs",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the answer, in words; `notes` say how it came about, such as the tiers that were hit."""

    what: str
    amount: str
    notes: list[str]


class CalculatorForm(forms.Form):
    """A field of units for each price of a plan; of percentages also the number of events."""

    def __init__(self, plan: Plan, data: Mapping[str, Any] | None) -> None:
        self.plan = plan
        self.buckets = [item for item in quotes.priced(plan) if item.charge.charge_model not in UNKNOWN]
        names = {_name("u", bucket) for bucket in self.buckets}
        asked = data if data and names & set(data) else None
        super().__init__(asked, auto_id="calculator-%s")
        for bucket in self.buckets:
            self.fields[_name("u", bucket)] = figure(_label(bucket.charge, bucket.charge_filter), required=False)
            if bucket.charge.charge_model == Charge.Model.PERCENTAGE:
                events = whole("in so many events", required=False, max_value=quotes.MOST_EVENTS, min_value=1)
                self.fields[_name("e", bucket)] = events

    @property
    def unknown(self) -> list[str]:
        """What cannot be told from units, in words."""
        rows = Charge.objects.live().filter(plan=self.plan, charge_model__in=UNKNOWN).select_related("billable_metric")
        return [f"{row}: {UNKNOWN[Charge.Model(row.charge_model)]}." for row in rows.order_by("pk")]

    def lines(self) -> list[Line]:
        """Return the answer, with the total last; nothing while there is something wrong."""
        if self.is_bound and not self.is_valid():
            return []
        found = quotes.quote(self.plan, self.buckets, self._asked())
        return list(_lines(self.plan, found))

    def _asked(self) -> dict[quotes.Key, Asked]:
        answers = self.cleaned_data if self.is_bound else {}
        asked = {}
        for bucket in self.buckets:
            units = answers.get(_name("u", bucket))
            if units is not None:
                asked[quotes.key_of(bucket)] = Asked(units, int(answers.get(_name("e", bucket)) or 1))
        return asked


def _label(charge: Charge, row: ChargeFilter | None) -> str:
    name = charge.invoice_display_name or charge.billable_metric.name
    if row is not None:
        return f"{name}, {row.display_name}"
    return f"{name}, all others" if live_filters(charge) else name


def _name(kind: str, bucket: Bucket) -> str:
    charge, row = quotes.key_of(bucket)
    return f"{kind}{charge}_{row}"


def _lines(plan: Plan, found: Quote) -> Iterator[Line]:
    currency = plan.amount_currency
    shown = lambda cents: shown_money(cents, currency)  # noqa: E731
    yield Line(f"Fee of a {plan.get_interval_display()}", shown(found.fee_cents), [])
    for fixed, cents in found.fixed:
        yield Line(f"{fixed} ({shown_number(fixed.units)})", shown(cents), [])
    for rated in found.usage:
        units = f"{shown_number(rated.usage.units)} units"
        yield Line(
            _label(rated.charge, rated.charge_filter), shown(rated.amount_cents), [units, *_how(rated, currency)]
        )
    for charge, cents in found.short:
        yield Line(f"{charge}, to its minimum", shown(cents), [])
    if found.short_of_commitment:
        yield Line("To the minimum commitment", shown(found.short_of_commitment), [])
    yield Line("Total before taxes", shown(found.total_cents), [])


def _how(rated: RatedUsage, currency: str) -> list[str]:
    """Return how an amount came about: the tiers hit, what was free, what was converted."""
    details = rated.price.amount_details
    ranges = details.get("graduated_ranges") or details.get("graduated_percentage_ranges") or []
    unit = rated.charge.pricing_unit.short_name if rated.charge.pricing_unit else currency
    notes = [_tier(tier, unit) for tier in ranges]
    if rated.charge.charge_model == Charge.Model.VOLUME:
        notes.append(f"all of them at {price_in(unit, details['per_unit_amount'])}{_flat(details, unit)}")
    if rated.charge.charge_model == Charge.Model.PACKAGE:
        paid, size = details["paid_units"], details["per_package_size"]
        notes.append(f"{plain_number(paid)} paid, in packages of {size:,}")
    if details.get("free_units") not in (None, "0.0"):
        notes.append(f"{plain_number(details['free_units'])} free")
    if rated.in_pricing_unit is not None:
        amount = Decimal(rated.in_pricing_unit.amount_cents).scaleb(-DECIMALS)
        notes.append(f"{unit}\xa0{amount:,f} at {price_in(currency, rated.charge.conversion_rate)}")
    return notes


def _tier(tier: Mapping[str, Any], unit: str) -> str:
    end = f"to {plain_number(tier['to_value'])}" if tier["to_value"] is not None else "on"
    price = f"{plain_number(tier['rate'])}\xa0%" if "rate" in tier else price_in(unit, tier["per_unit_amount"])
    return f"from {plain_number(tier['from_value'])} {end}: {plain_number(tier['units'])} at {price}{_flat(tier, unit)}"


def _flat(details: Mapping[str, Any], unit: str) -> str:
    flat = details.get("flat_unit_amount")
    return f" and {price_in(unit, flat)}" if plain_number(flat) != "0" else ""
