"""Current usage: the walk that bills, stopped before an invoice is made."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from billing_site.core.periods import Period
from customers.calculations.taxes import TaxableFee, TaxRate, invoice_taxes
from plans.calculations.schedules import Kind, running_usage
from plans.models import Charge, Subscription
from plans.selectors.rating import RatedUsage, RatingRequest, rate
from plans.selectors.schedules import schedule_of
from plans.selectors.taxes import taxes_of


class CurrentUsage(msgspec.Struct, frozen=True):
    """What the running period has come to so far; amounts in minor units."""

    period: Period
    zone: str
    rated: list[tuple[Charge, list[RatedUsage]]]
    amount_cents: int
    taxes_cents: int


class UsageScope(msgspec.Struct, frozen=True):
    """
    Which usage is asked for: that of these charges, of events with these properties, split by group or not.

    `since_start`: from the subscription's start on, instead of the running period's. Of the properties by which charges
    show usage apart only those of `presentation` count, if it is given.
    """

    charges: Sequence[Charge]
    groups: Mapping[str, tuple[str, ...]] = {}
    is_whole: bool = False
    since_start: bool = False
    presentation: Collection[str] | None = None


def current_usage(
    subscription: Subscription, scope: UsageScope, *, now: datetime, with_taxes: bool = True
) -> CurrentUsage:
    """Return the usage of the running period, priced, with the taxes that an invoice would have on it."""
    schedule = schedule_of(subscription)
    period = running_usage(schedule, now)
    charges = scope.charges
    full = schedule.period(now, Kind.USAGE)
    if scope.since_start:
        period = full = Period(schedule.started_at, period.end)
    request = RatingRequest(
        subscription,
        charges,
        period,
        scope.groups,
        scope.is_whole,
        full_period=full,
        presentation=scope.presentation,
    )
    rated = rate([request])[0]
    by_charge: dict[int, list[RatedUsage]] = {charge.pk: [] for charge in charges}
    for item in rated:
        by_charge[item.charge.pk].append(item)
    return CurrentUsage(
        period=period,
        zone=schedule.zone,
        rated=[(charge, by_charge[charge.pk]) for charge in charges],
        amount_cents=sum(item.amount_cents for item in rated),
        taxes_cents=_taxes_cents(subscription, rated) if with_taxes else 0,
    )


def _taxes_cents(subscription: Subscription, rated: Sequence[RatedUsage]) -> int:
    fees = [
        TaxableFee(
            item.amount_cents,
            item.precise_amount_cents,
            tuple(TaxRate(tax.pk, tax.code, tax.name, tax.rate) for tax in taxes_of(subscription, item.charge)),
        )
        for item in rated
    ]
    return invoice_taxes(fees).amount_cents
