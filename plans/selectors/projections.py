"""Projected usage: the running period's usage as it is, and priced as if it went on like this to the end."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from billing_site.core.periods import MOMENT, days_between
from metering.selectors.usage import Usage
from plans.calculations.projections import Progress, extended, projected_price
from plans.models import Charge
from plans.selectors.rating import Bucket, RatedUsage, buckets, in_currency, usage_figures
from plans.selectors.usage import CurrentUsage


def projected(usage: CurrentUsage, currency: str, *, now: datetime) -> CurrentUsage:
    """Return the same usage at the end of its period, in the same order; its taxes are left as they are now."""
    period, zone = usage.period, usage.zone
    days = days_between(period.start, now + MOMENT, zone)
    progress = Progress(max(days, 1), days_between(period.start, period.end, zone))
    rated = [(charge, _of_charge(charge, items, progress, currency)) for charge, items in usage.rated]
    return replace(usage, rated=rated, amount_cents=sum(item.amount_cents for _, items in rated for item in items))


def _of_charge(charge: Charge, rated: Sequence[RatedUsage], progress: Progress, currency: str) -> list[RatedUsage]:
    if charge.billable_metric.recurring or not rated:
        return list(rated)
    prices = {_key(bucket): bucket for bucket in buckets(charge)}
    return [_at_the_end(prices[_key(item)], item, progress, currency) for item in rated]


def _at_the_end(bucket: Bucket, item: RatedUsage, progress: Progress, currency: str) -> RatedUsage:
    figures = extended(usage_figures(item.usage), progress)
    price = projected_price(item.charge.charge_model, figures, bucket.properties, currency=currency)
    total = progress.extended(item.usage.total_units)
    usage = replace(item.usage, units=figures.units, events_count=figures.events_count, total_units=total)
    parts = [_extended_part(part, progress) for part in item.parts]
    return replace(in_currency(bucket, usage, price, currency), parts=parts)


def _extended_part(part: Usage, progress: Progress) -> Usage:
    units = extended(usage_figures(part), progress).units
    return replace(part, units=units, total_units=units)


def _key(priced: Bucket | RatedUsage) -> int | None:
    return priced.charge_filter.pk if priced.charge_filter else None
