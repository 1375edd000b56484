"""What so many units would cost under a plan's prices: the same pricing as for usage, without any events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing_site.core import money
from metering.selectors.usage import Usage
from plans.calculations import charge_models
from plans.models import Charge, ChargeFilter, Commitment, FixedCharge, Plan
from plans.selectors import rating
from plans.selectors.charges import with_prices
from plans.selectors.fixed_rating import price_units
from plans.selectors.rating import Bucket, RatedUsage

Key = tuple[int, int]  # charge and filter (0: what no filter takes)
MOST_EVENTS = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """So many units that came in with so many events, all alike."""

    units: Decimal
    events: int = 1


@dataclass(frozen=True, slots=True)
class Quote:
    """
    What a full period costs before taxes, in minor units: the plan's fee, what is fixed, usage, and what minimums add.

    `short` are what single charges lack to their minimums, `short_of_commitment` what all of it lacks to the plan's.
    """

    fee_cents: int
    fixed: list[tuple[FixedCharge, int]]
    usage: list[RatedUsage]
    short: list[tuple[Charge, int]]
    short_of_commitment: int

    @property
    def total_cents(self) -> int:
        """Return the sum of all."""
        fixed = sum(cents for _, cents in self.fixed)
        usage = sum(rated.amount_cents for rated in self.usage)
        return self.fee_cents + fixed + usage + sum(cents for _, cents in self.short) + self.short_of_commitment


def priced(plan: Plan) -> list[Bucket]:
    """Return what of a plan has prices for units: each charge with its filters."""
    charges: Sequence[Charge] = list(with_prices(Charge.objects.live().filter(plan=plan)))
    return [bucket for charge in charges for bucket in rating.buckets(charge)]


def key_of(bucket: Bucket) -> Key:
    """Return how a bucket is asked for."""
    found: ChargeFilter | None = bucket.charge_filter
    return bucket.charge.pk, found.pk if found else 0


def quote(plan: Plan, buckets: Sequence[Bucket], asked: Mapping[Key, Asked]) -> Quote:
    """Return what a full period of the plan costs with these units; what is not asked for has none."""
    currency = plan.amount_currency
    usage = [price(bucket, asked[key_of(bucket)], currency) for bucket in buckets if key_of(bucket) in asked]
    live = FixedCharge.objects.live().filter(plan=plan).select_related("add_on").order_by("pk")
    fixed = [(row, _fixed_cents(row, currency)) for row in live]
    short = _short(usage)
    parts = [plan.amount_cents, *(cents for _, cents in fixed), *(rated.amount_cents for rated in usage)]
    commitment = Commitment.objects.filter(plan=plan).first()
    missing = commitment.amount_cents - sum(parts) - sum(cents for _, cents in short) if commitment else 0
    return Quote(plan.amount_cents, fixed, usage, short, max(missing, 0))


def price(bucket: Bucket, asked: Asked, currency: str) -> RatedUsage:
    """Return what units cost under one price."""
    return rating.price_usage(bucket, _figures(asked), currency)


def amount_cents(model: str, properties: Mapping[str, Any], asked: Asked, currency: str) -> int:
    """
    Return what units cost at a price as it is written, in minor units.

    :raises InvalidProperties: if it is no price
    """
    read = charge_models.parse_properties(model, properties)
    figures = rating.usage_figures(_figures(asked))
    return money.to_cents(charge_models.price(model, figures, read, currency=currency).amount, currency)


def _figures(asked: Asked) -> Usage:
    events = max(asked.events, 1) if asked.units else 0
    values = (asked.units / events,) * events if events else ()
    return Usage(units=asked.units, events_count=events, event_values=values)


def _fixed_cents(fixed_charge: FixedCharge, currency: str) -> int:
    return money.to_cents(price_units(fixed_charge, fixed_charge.units, currency=currency).amount, currency)


def _short(usage: Sequence[RatedUsage]) -> list[tuple[Charge, int]]:
    """Return by charge what its usage lacks to its minimum."""
    charges = {rated.charge.pk: rated.charge for rated in usage}
    sums = {pk: sum(rated.amount_cents for rated in usage if rated.charge.pk == pk) for pk in charges}
    return [
        (charge, charge.min_amount_cents - sums[pk])
        for pk, charge in charges.items()
        if charge.min_amount_cents > sums[pk]
    ]
