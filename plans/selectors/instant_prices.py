"""
What an event would cost if there were no other: under the charges that are paid in advance and need no look at what
was used before (table 1.3). Nothing is read of events, so that it can be asked before each of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from metering.calculations.quantities import quantity
from metering.calculations.rounding import rounded_units
from metering.selectors.usage import Usage
from plans.calculations import charge_models
from plans.models import Charge, Subscription
from plans.selectors.charges import with_prices
from plans.selectors.rating import Bucket, RatedUsage, bucket_of, buckets, in_currency


class LoneEvent(NamedTuple):
    """What is known of an event that was never stored."""

    transaction_id: str
    external_subscription_id: str
    code: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InstantPrice:
    """An event under one charge of its subscription, with what it costs."""

    event: LoneEvent
    subscription: Subscription
    rated: RatedUsage


def live_subscriptions(external_ids: set[str], now: datetime) -> dict[str, Subscription]:
    """Return the subscriptions with these ids that are active now, with their customers and plans."""
    found = Subscription.objects.filter(external_id__in=external_ids, status=Subscription.Status.ACTIVE)
    begun = found.filter(started_at__lte=now).select_related("customer", "plan").order_by("started_at", "pk")
    return {subscription.external_id: subscription for subscription in begun}


def instant_prices(events: Sequence[LoneEvent], subscriptions: Mapping[str, Subscription]) -> list[InstantPrice]:
    """Return what each event costs under each charge that it falls under, in the order of events; two queries a set."""
    rows = Charge.objects.live().filter(
        plan__in={subscription.plan_id for subscription in subscriptions.values()},
        billable_metric__code__in={event.code for event in events},
        pay_in_advance=True,
        charge_model__in=charge_models.INSTANT_MODELS,
    )
    charges = [(charge, buckets(charge)) for charge in with_prices(rows)]
    return [
        InstantPrice(event, subscription, _rated(bucket_of(event.properties, found), event, subscription))
        for event in events
        for subscription in (subscriptions[event.external_subscription_id],)
        for charge, found in charges
        if charge.plan_id == subscription.plan_id and charge.billable_metric.code == event.code
    ]


def _rated(bucket: Bucket, event: LoneEvent, subscription: Subscription) -> RatedUsage:
    metric = bucket.charge.billable_metric
    own = quantity(metric.aggregation_type, event.properties.get(metric.field_name))
    own = rounded_units(own, metric.rounding_function, metric.rounding_precision)
    price = charge_models.price_alone(bucket.charge.charge_model, own, bucket.properties)
    usage = Usage(units=max(own, Decimal(0)), events_count=1)
    return in_currency(bucket, usage, price, subscription.plan.amount_currency)
