"""
Events that are paid for at once: which charges they fall under, and what they cost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from billing_site.core.periods import Period
from metering.models import Event
from metering.selectors.usage import Usage, UsageQuery, usage
from plans.calculations.charge_filters import property_text
from plans.calculations.charge_models.in_advance import EventUsage, event_price
from plans.calculations.schedules import Kind
from plans.models import Charge, Subscription
from plans.selectors.charges import with_prices
from plans.selectors.rating import (
    Bucket,
    RatedUsage,
    RatingRequest,
    bucket_of,
    buckets,
    grouping_of,
    in_currency,
    question,
    usage_figures,
)
from plans.selectors.schedules import schedule_of


@dataclass(frozen=True, slots=True)
class ChargedEvent:
    """An event under one charge that is paid in advance, in the period of usage in which it happened."""

    event: Event
    subscription: Subscription
    charge: Charge
    period: Period
    full_period: Period


@dataclass(frozen=True, slots=True)
class RatedEvent:
    """A charged event with what it costs: `rated.usage` is the event's own."""

    charged: ChargedEvent
    rated: RatedUsage


def subscriptions_of(events: Iterable[Event]) -> list[Subscription]:
    """Return the subscriptions, begun or ended since, that any of these events may belong to."""
    names = {event.stream.external_subscription_id for event in events}
    begun = Subscription.objects.filter(external_id__in=names, started_at__isnull=False)
    return list(begun.select_related("customer").order_by("started_at", "pk"))


def charged_events(events: Sequence[Event], subscriptions: Sequence[Subscription]) -> list[ChargedEvent]:
    """
    Return each event once for each charge that it is paid under at once, in the order in which they came in.

    The subscriptions come with their customers and plans. An event belongs to the one that was live at its moment.
    """
    plans = {item.plan_id for item in subscriptions}
    by_plan: dict[tuple[int, str], list[Charge]] = {}
    rows = Charge.objects.live().filter(plan_id__in=plans, pay_in_advance=True)
    for charge in with_prices(rows.filter(billable_metric__code__in={event.stream.code for event in events})):
        by_plan.setdefault((charge.plan_id, charge.billable_metric.code), []).append(charge)
    found = []
    for event in sorted(events, key=lambda item: item.pk):
        subscription = live_at(event, subscriptions)
        if subscription is None:
            continue
        for charge in by_plan.get((subscription.plan_id, event.stream.code), ()):
            found.append(_charged(event, subscription, charge))
    return found


def rate_events(charged: Sequence[ChargedEvent]) -> list[RatedEvent]:
    """Return the events with their prices, without those that do not count; the number of queries is fixed."""
    known: dict[int, list[Bucket]] = {}
    asked: list[tuple[ChargedEvent, Bucket, UsageQuery]] = []
    for item in charged:
        request = RatingRequest(item.subscription, (item.charge,), item.period, full_period=item.full_period)
        for bucket in _candidates(item, known):
            asked.append((item, bucket, replace(question(len(asked), request, bucket), event=item.event.pk)))
    answers = usage([query for _, _, query in asked])
    return [
        RatedEvent(item, _priced(item, bucket, figures))
        for item, bucket, query in asked
        for figures in answers[query.key]
    ]


def live_at(event: Event, subscriptions: Sequence[Subscription]) -> Subscription | None:
    """Return the subscription that was live when the event happened."""
    live = [
        item
        for item in subscriptions
        if item.external_id == event.stream.external_subscription_id
        and item.started_at is not None
        and item.started_at <= event.timestamp
        and (item.terminated_at is None or event.timestamp <= item.terminated_at)
    ]
    return live[-1] if live else None


def _charged(event: Event, subscription: Subscription, charge: Charge) -> ChargedEvent:
    schedule = schedule_of(subscription)
    full = schedule.period(event.timestamp, Kind.USAGE)
    return ChargedEvent(event, subscription, charge, Period(max(full.start, schedule.started_at), full.end), full)


def _candidates(item: ChargedEvent, known: dict[int, list[Bucket]]) -> list[Bucket]:
    """
    Return the prices of the charge that the event may fall under: one, where its properties say which.

    A number with a point may be written in more ways than one; then all are asked, and that which counts it answers.
    """
    if item.charge.pk not in known:
        known[item.charge.pk] = buckets(item.charge)
    found, properties = known[item.charge.pk], item.event.properties
    if any(isinstance(properties.get(name), float) for row in found for name in row.matching):
        return found
    return [bucket_of(properties, found)]


def _priced(item: ChargedEvent, bucket: Bucket, figures: Usage) -> RatedUsage:
    """
    Return the event's own usage and price; where days weigh, its prorated units alone are priced.

    An event that fills up to an earlier peak costs nothing and still shows what it added (rule M57).
    """
    currency = item.subscription.plan.amount_currency
    own = figures.event_units or Decimal(0)
    units = own if figures.event_full_units is None else figures.event_full_units
    including = usage_figures(figures)
    if item.charge.prorated:
        including = replace(including, units=own, full_units=None)
    stated = item.event.precise_total_amount_cents or Decimal(0)
    event = EventUsage(including, own, stated, figures.event_amount or Decimal(0))
    price = event_price(item.charge.charge_model, event, bucket.properties, currency=currency)
    shown = Usage(
        units=units or max(figures.event_added or Decimal(0), Decimal(0)),
        events_count=1,
        precise_total_amount_cents=stated,
        grouped_by=figures.grouped_by,
        total_units=figures.total_units,
    )
    keys = grouping_of(item.charge).presentation_keys
    parts = [replace(shown, grouped_by={key: property_text(item.event.properties.get(key)) or "" for key in keys})]
    return replace(in_currency(bucket, shown, price, currency), parts=parts if keys else ())
