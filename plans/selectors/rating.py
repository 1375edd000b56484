"""
Rating: what usage costs. The one walk from units to amounts, for invoices, current usage and previews alike.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from billing_site.core import money
from billing_site.core.periods import Period
from metering.selectors.usage import MetricTerms, Usage, UsageQuery, usage
from plans.calculations import charge_models
from plans.calculations.charge_models import Price, Properties
from plans.models import Charge, Subscription


@dataclass(frozen=True, slots=True)
class RatingRequest:
    """Usage of a subscription's charges in a time, to be priced in its plan's currency."""

    subscription: Subscription
    charges: Sequence[Charge]
    period: Period


@dataclass(frozen=True, slots=True)
class RatedUsage:
    """Priced usage of one charge (or one group of it): cents rounded once, beside the precise amount."""

    charge: Charge
    usage: Usage
    price: Price
    amount_cents: int
    precise_amount_cents: Decimal


def rate(requests: Iterable[RatingRequest]) -> dict[int, list[RatedUsage]]:
    """Return the priced usage by subscription key; the number of queries does not depend on how many there are."""
    asked = [(request, charge) for request in requests for charge in request.charges]
    answers = usage([_query(request, charge) for request, charge in asked])
    rated: dict[int, list[RatedUsage]] = {}
    for request, charge in asked:
        found = answers[request.subscription.pk, charge.pk]
        priced = [_price(request.subscription, charge, figures) for figures in found]
        rated.setdefault(request.subscription.pk, []).extend(priced)
    return rated


def metric_terms(charge: Charge) -> MetricTerms:
    """Return what of the charge's metric decides its units."""
    metric = charge.billable_metric
    return MetricTerms(
        code=metric.code,
        aggregation_type=metric.aggregation_type,
        field_name=metric.field_name,
        rounding_function=metric.rounding_function,
        rounding_precision=metric.rounding_precision,
    )


def _query(request: RatingRequest, charge: Charge) -> UsageQuery:
    properties = _properties(charge)
    return UsageQuery(
        key=(request.subscription.pk, charge.pk),
        external_subscription_id=request.subscription.external_id,
        metric=metric_terms(charge),
        start=request.period.start,
        end=request.period.end,
        group_keys=properties.grouping.pricing_keys,
        with_values=charge_models.needs_event_values(charge.charge_model, properties),
    )


def _price(subscription: Subscription, charge: Charge, figures: Usage) -> RatedUsage:
    currency = subscription.plan.amount_currency
    price = charge_models.price(
        charge.charge_model,
        charge_models.UsageFigures(
            units=figures.units,
            events_count=figures.events_count,
            event_values=figures.event_values,
            precise_total_amount_cents=figures.precise_total_amount_cents,
        ),
        _properties(charge),
        currency=currency,
    )
    if figures.units < 0 or price.amount < 0:  # less than nothing is nothing (table 1.6)
        figures = Usage(events_count=figures.events_count, grouped_by=figures.grouped_by)
        price = Price(Decimal(0), Decimal(0), price.amount_details)
    precise = price.amount * 10 ** money.exponent(currency)
    return RatedUsage(charge, figures, price, money.to_cents(price.amount, currency), precise)


def _properties(charge: Charge) -> Properties:
    return _parsed(charge.charge_model, msgspec.json.encode(charge.properties))


@lru_cache(maxsize=4096)
def _parsed(model: str, properties: bytes) -> Properties:
    """Prices are read once, not for each customer that has them."""
    raw: dict[str, Any] = json.loads(properties, parse_float=Decimal)
    return charge_models.parse_properties(model, raw)
