"""
Rating of fixed charges: what a plan's add-ons cost in a time, for invoices and previews alike.

| paid | units, not prorated | units, prorated (rule M70) |
|---|---|---|
| in advance | as the time begins | those, by the days of the time |
| in arrears | as the time ends | each by the days it was in force |

Where units are prorated, those that there are in the end choose the tiers, each of which is paid for by the days; flat
amounts are whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing_site.core import money
from billing_site.core.periods import MOMENT, days_between
from plans.calculations import charge_models
from plans.calculations.charge_models import Price, UsageFigures
from plans.calculations.fixed_units import Step, prorated_units, units_at
from plans.calculations.schedules import Part
from plans.models import FixedCharge, Subscription
from plans.selectors.fixed_charges import timelines
from plans.selectors.schedules import timezone_of


@dataclass(frozen=True, slots=True)
class FixedRequest:
    """Fixed charges of a subscription in a part of a period; all of them paid in advance, or all in arrears."""

    subscription: Subscription
    fixed_charges: Sequence[FixedCharge]
    part: Part


@dataclass(frozen=True, slots=True)
class RatedFixedCharge:
    """A priced fixed charge: `units` as the customer has them, cents rounded once, the share of days if it counts."""

    fixed_charge: FixedCharge
    part: Part
    units: Decimal
    price: Price
    amount_cents: int
    precise_amount_cents: Decimal
    days: int
    period_days: int


def rate_fixed(requests: Iterable[FixedRequest]) -> dict[int, list[RatedFixedCharge]]:
    """Return the priced fixed charges by subscription key, with one query whatever their number."""
    asked = list(requests)
    steps = timelines([(request.subscription, request.fixed_charges) for request in asked])
    rated: dict[int, list[RatedFixedCharge]] = {}
    for request in asked:
        found = [
            _rate(request, fixed_charge, steps[request.subscription.pk, fixed_charge.pk])
            for fixed_charge in request.fixed_charges
        ]
        rated.setdefault(request.subscription.pk, []).extend(found)
    return rated


def price_units(fixed_charge: FixedCharge, units: Decimal, *, currency: str) -> Price:
    """Return what units cost under a fixed charge for a full period."""
    return _price(fixed_charge, UsageFigures(units=units, events_count=1), currency)


def _price(fixed_charge: FixedCharge, figures: UsageFigures, currency: str) -> Price:
    properties = charge_models.parse_properties(fixed_charge.charge_model, fixed_charge.properties)
    return charge_models.price(fixed_charge.charge_model, figures, properties, currency=currency)


def _rate(request: FixedRequest, fixed_charge: FixedCharge, steps: Sequence[Step]) -> RatedFixedCharge:
    time, whole = request.part.time, request.part.whole
    zone, currency = timezone_of(request.subscription), request.subscription.plan.amount_currency
    if fixed_charge.pay_in_advance:
        units = units_at(steps, time.start)
        steps = [Step(time.start, units)]  # what changes later is billed by itself
    else:
        units = units_at(steps, time.end - MOMENT)
    if fixed_charge.prorated:
        price = _price(fixed_charge, _by_days(steps, units, request.part, zone), currency)
    else:
        price = price_units(fixed_charge, units, currency=currency)
    precise = price.amount * 10 ** money.exponent(currency)
    return RatedFixedCharge(
        fixed_charge=fixed_charge,
        part=request.part,
        units=units,
        price=price,
        amount_cents=money.to_cents(price.amount, currency),
        precise_amount_cents=precise,
        days=days_between(time.start, time.end, zone),
        period_days=days_between(whole.start, whole.end, zone),
    )


def _by_days(steps: Sequence[Step], units: Decimal, part: Part, zone: str) -> UsageFigures:
    """Return units, those that there are in the end, as the days make them: to tiers they are one step."""
    counted = prorated_units(steps, part.time, part.whole, zone)
    return UsageFigures(
        units=counted, events_count=1, full_units=units, event_values=[units], prorated_values=[counted]
    )
