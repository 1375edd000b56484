"""What is left of a fee paid in advance when a subscription ends within the time it was paid for."""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from billing_site.core.money import exact
from billing_site.core.periods import Period, days_between, local_date, local_midnight


class Unused(NamedTuple):
    """Days not used, and what was paid for them: minor units, cut to five decimals, before coupons and taxes."""

    days: int
    precise_cents: Decimal


def unused_days(
    paid: Period, ended_at: datetime, zone: str, *, is_replaced: bool, trial_ends_at: datetime | None = None
) -> int:
    """
    Count the paid days after an end. The day of the end is used up, that of a change the next plan's (M94).

    Where the end comes on the day on which a trial is over, or before, all that is paid after the trial is unused.
    """
    day = local_date(ended_at, zone)
    first = local_midnight(day if is_replaced else day + timedelta(days=1), zone)
    if trial_ends_at is not None and local_date(trial_ends_at, zone) >= day:
        first = local_midnight(local_date(trial_ends_at, zone), zone)
    return days_between(max(first, paid.start), paid.end, zone)


def paused_days(paid: Period, began_at: datetime, over_at: datetime, zone: str, *, has_ended: bool = False) -> int:
    """
    Count the paid days within a pause. The days on which it begins and on which it is over are used up.

    Where it is over because all has ended, the day of the end was not used either.
    """
    first = local_midnight(local_date(began_at, zone) + timedelta(days=1), zone)
    last = local_midnight(local_date(over_at, zone) + timedelta(days=int(has_ended)), zone)
    return max(0, days_between(max(first, paid.start), min(last, paid.end), zone))


@exact
def unused_amount(plan_cents: int, period_days: int, fee_cents: int, days: int) -> Unused:
    """Return the price of the unused days, never more than the fee (rule M94)."""
    precise = min(Decimal(plan_cents) * days / period_days, Decimal(fee_cents))
    return Unused(days, precise.quantize(Decimal("0.00001"), rounding=ROUND_DOWN))
