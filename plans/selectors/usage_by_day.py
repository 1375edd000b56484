"""
Usage of running periods, day by day: what each day added to what the period has come to.

It is rated by the walk that bills, from the period's start to the end of each day; a day's cost is the difference, so
that the days add up to current usage, whatever the prices are. Long periods are cut into a number of steps that can be
looked at, each of as many days.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from billing_site.core.periods import MOMENT, Period, local_date, local_midnight
from plans.models import Charge, Subscription
from plans.selectors import running_usage
from plans.selectors.rating import RatedUsage, RatingRequest, rate
from plans.selectors.schedules import schedule_of

MOST_STEPS = 62
# Questions that are put to the database at once: a wide price list is told in fewer steps.
MOST_QUESTIONS = 4_000
# What adds up over days; of the others a day shows what there is, not what came.
ADDITIVE = ("count_agg", "sum_agg")


class Step(msgspec.Struct, frozen=True):
    """Some days, and what they added (or what there was at their end) of one charge; `cents` are minor units."""

    first: date
    last: date
    cents: int
    units: Decimal


class ChargeByDay(msgspec.Struct, frozen=True):
    """The usage of a charge in the running period so far: its sums, and its steps."""

    charge: Charge
    units: Decimal
    cents: int
    steps: Sequence[Step]


class UsageByDay(msgspec.Struct, frozen=True):
    """The running usage of a subscription, by charge and day; before taxes and discounts."""

    subscription: Subscription
    period: Period
    zone: str
    charges: Sequence[ChargeByDay]

    @property
    def cents(self) -> int:
        """What it has come to, in minor units."""
        return sum(item.cents for item in self.charges)


def usage_by_day(subscriptions: Sequence[Subscription], *, now: datetime) -> list[UsageByDay]:
    """Return the running usage of each subscription; the number of queries does not depend on how many they are."""
    whole = running_usage.requests(subscriptions, now=now)
    most = max(1, MOST_QUESTIONS // max(1, sum(len(request.charges) for request in whole)))
    ends = [_ends(request, now, min(most, MOST_STEPS)) for request in whole]
    parts = [
        msgspec.structs.replace(request, period=Period(request.period.start, end))
        for request, mine in zip(whole, ends, strict=True)
        for end in mine
    ]
    rated = iter(rate(parts))
    return [_told(request, mine, [next(rated) for _ in mine]) for request, mine in zip(whole, ends, strict=True)]


def _ends(request: RatingRequest, now: datetime, most: int) -> list[datetime]:
    """Return the ends of the steps: midnights up to now, the last being the end of the period."""
    zone, period = schedule_of(request.subscription).zone, request.period
    first, today = local_date(period.start, zone), local_date(min(now, period.end - MOMENT), zone)
    days = max((today - first).days + 1, 1)
    width = -(-days // most)
    midnights = (local_midnight(first + timedelta(days=day), zone) for day in range(width, days, width))
    return [*(moment for moment in midnights if period.start < moment < period.end), period.end]


def _told(request: RatingRequest, ends: Sequence[datetime], rated: Sequence[Sequence[RatedUsage]]) -> UsageByDay:
    zone = schedule_of(request.subscription).zone
    sums = [_sums(items) for items in rated]
    return UsageByDay(
        subscription=request.subscription,
        period=request.period,
        zone=zone,
        charges=[_of_charge(charge, request.period, ends, sums, zone) for charge in request.charges],
    )


Sums = dict[int, tuple[Decimal, int]]


def _sums(rated: Sequence[RatedUsage]) -> Sums:
    """Return units and cents by charge."""
    found: Sums = {}
    for item in rated:
        units, cents = found.get(item.charge.pk, (Decimal(0), 0))
        found[item.charge.pk] = units + item.units_now, cents + item.amount_cents
    return found


def _of_charge(
    charge: Charge, period: Period, ends: Sequence[datetime], sums: Sequence[Sums], zone: str
) -> ChargeByDay:
    metric = charge.billable_metric
    adds_up = metric.aggregation_type in ADDITIVE and not metric.recurring
    steps, start = [], period.start
    units_before, cents_before = Decimal(0), 0
    for end, found in zip(ends, sums, strict=True):
        units, cents = found.get(charge.pk, (Decimal(0), 0))
        added = units - units_before if adds_up else units
        last = local_date(max(end - MOMENT, start), zone)
        steps.append(Step(local_date(start, zone), last, cents - cents_before, added))
        start, units_before, cents_before = end, units, cents
    return ChargeByDay(charge, units_before, cents_before, steps)
