"""
Rating: what usage costs. The one walk from units to amounts, for invoices, current usage and previews alike.

Each filter of a charge is priced for the events that belong to it, the charge itself for those that belong to none; so
the usage of filters and groups adds up to the whole.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import replace

from billing_site.core import money
from billing_site.core.periods import MOMENT, Period, days_between
from metering.selectors.usage import MetricTerms, Usage, UsageQuery, usage
from plans.calculations import charge_models
from plans.calculations.charge_filters import FilterTerms, claimant, expanded, preceding
from plans.calculations.charge_models import Grouping, Price, Properties
from plans.calculations.charge_models.properties import TARGET_WALLET
from plans.calculations.pricing_units import ConvertedPrice, convert
from plans.calculations.schedules import Schedule
from plans.models import Charge, ChargeFilter, Subscription
from plans.selectors import presentation
from plans.selectors.charges import known_values, live_filters
from plans.selectors.presentation import PartKey
from plans.selectors.schedules import schedule_of


class RatingRequest(msgspec.Struct, frozen=True):
    """
    Usage of a subscription's charges in a time, to be priced in its plan's currency.

    `groups` narrow it to events with these properties; a group key named there no longer splits the usage, nor does
    any with `is_whole`.
    """

    subscription: Subscription
    charges: Sequence[Charge]
    period: Period
    groups: Mapping[str, tuple[str, ...]] = {}
    is_whole: bool = False
    full_period: Period | None = None  # of which `period` may be a part; days are counted in it
    is_renewal: bool = False  # what is there is paid for anew, for as many days as the period has
    schedule: Schedule | None = None  # the subscription's, where it is known already
    presentation: Collection[str] | None = None  # of the charges' presentation keys only these count


class Bucket(msgspec.Struct, frozen=True):
    """What of a charge has prices of its own: one of its filters, or what no filter takes (None)."""

    charge: Charge
    charge_filter: ChargeFilter | None
    metric: MetricTerms
    properties: Properties
    matching: dict[str, tuple[str, ...]]
    excluding: tuple[dict[str, tuple[str, ...]], ...]
    shown_keys: tuple[str, ...]  # the charge's presentation keys, which go for its filters too


class RatedUsage(msgspec.Struct, frozen=True):
    """
    Priced usage of one bucket (or one group of it): cents rounded once, beside the precise amount.

    `price` is in the currency; `in_pricing_unit` says what it was before it was converted. `parts` are the same usage
    split by the charge's presentation keys, which change no price.
    """

    charge: Charge
    charge_filter: ChargeFilter | None
    usage: Usage
    price: Price
    amount_cents: int
    precise_amount_cents: Decimal
    in_pricing_unit: ConvertedPrice | None = None
    parts: Sequence[Usage] = ()

    @property
    def units_now(self) -> Decimal:
        """The units there are: not those that days make of them, nor the peak that was paid for in advance."""
        return self.units_now_of(self.usage)

    def units_now_of(self, usage: Usage) -> Decimal:
        """Return the same of the usage or one of its parts."""
        is_other = self.charge.pay_in_advance or usage.full_units is not None
        return usage.total_units if is_other else usage.units


def rate(requests: Iterable[RatingRequest]) -> list[list[RatedUsage]]:
    """Return the priced usage for each request; the number of queries does not depend on how many there are."""
    known: dict[int, list[Bucket]] = {}
    asked: list[tuple[int, RatingRequest, Bucket]] = []
    rated: list[list[RatedUsage]] = []
    for place, request in enumerate(requests):
        rated.append([])
        for charge in request.charges:
            if id(charge) not in known:  # the same charge may be there as it was at several moments
                known[id(charge)] = buckets(charge)
            asked += [(place, request, bucket) for bucket in known[id(charge)]]
    queries = [question(number, request, bucket) for number, (_, request, bucket) in enumerate(asked)]
    parts = [
        part
        for number, (_, request, bucket) in enumerate(asked)
        for part in presentation.split(queries[number], number, _shown_keys(request, bucket))
    ]
    answers = usage([*queries, *parts])
    for number, (place, request, bucket) in enumerate(asked):
        currency = request.subscription.plan.amount_currency
        found = [price_usage(bucket, figures, currency) for figures in answers[number]]
        if split := answers.get(PartKey(number)):
            found = [replace(item, parts=presentation.parts_of(item.usage, split)) for item in found]
        rated[place] += found
    return rated


def _shown_keys(request: RatingRequest, bucket: Bucket) -> Sequence[str]:
    """Return by which properties the usage is to be shown apart."""
    keys = bucket.shown_keys
    return keys if request.presentation is None else [key for key in keys if key in request.presentation]


def buckets(charge: Charge) -> list[Bucket]:
    """Return what is priced of a charge: its filters, oldest first, then the rest."""
    rows, metric = live_filters(charge), MetricTerms.of(charge.billable_metric)
    known = known_values(charge.billable_metric) if rows else {}
    terms = {row.pk: FilterTerms(row.pk, expanded(row.values, known)) for row in rows}
    everyone = list(terms.values())
    own = _properties(charge.charge_model, charge.properties)
    shown = tuple(own.grouping.presentation_keys)
    found = [
        Bucket(
            charge,
            row,
            metric,
            _properties(charge.charge_model, row.properties),
            dict(terms[row.pk].values),
            tuple(dict(other.values) for other in preceding(terms[row.pk], everyone)),
            shown,
        )
        for row in rows
    ]
    rest = tuple(dict(item.values) for item in everyone)
    return [*found, Bucket(charge, None, metric, own, {}, rest, shown)]


def bucket_of(properties: Mapping[str, Any], found: Sequence[Bucket]) -> Bucket:
    """Return that of a charge's buckets which an event with these properties belongs to."""
    terms = [FilterTerms(row.charge_filter.pk, row.matching) for row in found if row.charge_filter]
    winner = claimant(properties, terms)
    wanted = winner.key if winner else None
    return next(row for row in found if (row.charge_filter.pk if row.charge_filter else None) == wanted)


def price_usage(bucket: Bucket, figures: Usage, currency: str) -> RatedUsage:
    """Return usage of a bucket with what it costs."""
    charge = bucket.charge
    price = charge_models.price(charge.charge_model, usage_figures(figures), bucket.properties, currency=currency)
    if figures.units < 0 or price.amount < 0:  # less than nothing is nothing (table 1.6)
        figures = Usage(events_count=figures.events_count, grouped_by=figures.grouped_by)
        price = Price(Decimal(0), Decimal(0), price.amount_details)
    return in_currency(bucket, figures, price, currency)


def usage_figures(figures: Usage) -> charge_models.UsageFigures:
    """Return usage as the charge models take it."""
    return charge_models.UsageFigures(
        units=figures.units,
        events_count=figures.events_count,
        event_values=figures.event_values,
        precise_total_amount_cents=figures.precise_total_amount_cents,
        full_units=figures.full_units,
        prorated_values=figures.prorated_values,
        stated_amount=figures.amount or Decimal(0),
    )


def question(key: int, request: RatingRequest, bucket: Bucket) -> UsageQuery:
    """Return what is asked about the usage of a bucket."""
    properties, charge = bucket.properties, bucket.charge
    keys = () if request.is_whole else properties.grouping.pricing_keys
    if charge.accepts_target_wallet and not request.is_whole and TARGET_WALLET not in keys:
        keys = (*keys, TARGET_WALLET)
    schedule = request.schedule or schedule_of(request.subscription)
    full = request.full_period or request.period
    zone = schedule.zone
    is_prorated = charge.prorated and not request.is_renewal
    last_moment, carried_days = _days(request.period, full, schedule)
    return UsageQuery(
        key=key,
        external_subscription_id=request.subscription.external_id,
        metric=bucket.metric,
        start=request.period.start,
        end=request.period.end,
        group_keys=tuple(key for key in keys if key not in request.groups),
        matching=_both(bucket.matching, request.groups),
        excluding=bucket.excluding,
        with_values=charge_models.needs_event_values(charge.charge_model, properties, is_prorated=is_prorated),
        prorated=is_prorated,
        zone=zone,
        period_days=days_between(full.start, full.end, zone),
        last_moment=last_moment,
        carried_days=carried_days,
        in_advance=charge.pay_in_advance and not request.is_renewal,
        custom_properties=properties.terms if charge.charge_model == Charge.Model.CUSTOM else {},
    )


def _days(period: Period, full: Period, schedule: Schedule) -> tuple[datetime, int | None]:
    """
    Return when the last day that counts is, and on how many days what was there before counts (None: on all).

    A change of plan falls on a day of both plans for what was added under the old one, and is the new plan's day for
    what was there before (rules M29 and M62).
    """
    if not schedule.is_replaced or period.end != schedule.terminated_at:
        return min(period.end, full.end) - MOMENT, None
    days = days_between(period.start, period.end + MOMENT, schedule.zone)
    return min(period.end, full.end - MOMENT), max(days - 1, 0)


def _both(matching: dict[str, tuple[str, ...]], groups: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the values that are allowed by both: of a property that both name, those which both have."""
    if not groups:
        return matching
    found = dict(matching)
    for key, values in groups.items():
        found[key] = tuple(value for value in values if value in found[key]) if key in found else values
    return found


def in_currency(bucket: Bucket, figures: Usage, price: Price, currency: str) -> RatedUsage:
    """Return usage with a price, converted where the charge is priced in a unit of its own, and rounded once."""
    charge, amount, precise_amount, converted = bucket.charge, price.amount, price.amount, None
    if charge.pricing_unit_id is not None and charge.conversion_rate is not None:
        converted = convert(price.amount, price.unit_amount, charge.conversion_rate)
        amount, precise_amount = converted.currency_amount, converted.currency_precise_amount
        price = Price(precise_amount, converted.currency_unit_amount, price.amount_details)
    precise_cents = precise_amount * 10 ** money.exponent(currency)
    cents = money.to_cents(amount, currency)
    return RatedUsage(charge, bucket.charge_filter, figures, price, cents, precise_cents, converted)


def grouping_of(charge: Charge) -> Grouping:
    """Return how a charge's usage is split."""
    return _properties(charge.charge_model, charge.properties).grouping


def _properties(model: str, properties: dict[str, Any]) -> Properties:
    return _parsed(model, msgspec.json.encode(properties))


@lru_cache(maxsize=4096)
def _parsed(model: str, properties: bytes) -> Properties:
    """Prices are read once, not for each customer that has them."""
    raw: dict[str, Any] = json.loads(properties, parse_float=Decimal)
    return charge_models.parse_properties(model, raw)
