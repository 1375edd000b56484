"""What is to be rated of the running periods of many subscriptions."""

from collections.abc import Sequence
from datetime import datetime

from plans.calculations.schedules import Kind, running_usage
from plans.models import Charge, Subscription
from plans.selectors import charges as priced
from plans.selectors.rating import RatingRequest
from plans.selectors.schedules import schedule_of


def requests(
    subscriptions: Sequence[Subscription], *, now: datetime, in_arrears_alone: bool = False
) -> list[RatingRequest]:
    """
    Return the running period's usage of each subscription, in their order; of charges in arrears alone if asked.

    Their customers, entities and plans are read; the number of queries does not depend on how many they are.
    """
    live = Charge.objects.live().filter(plan_id__in={item.plan_id for item in subscriptions})
    charges: dict[int, list[Charge]] = {}
    for charge in priced.with_prices(live.filter(pay_in_advance=False) if in_arrears_alone else live):
        charges.setdefault(charge.plan_id, []).append(charge)
    found = []
    for subscription in subscriptions:
        schedule = schedule_of(subscription)
        full, period = schedule.period(now, Kind.USAGE), running_usage(schedule, now)
        mine = charges.get(subscription.plan_id, [])
        found.append(RatingRequest(subscription, mine, period, full_period=full, schedule=schedule))
    return found
