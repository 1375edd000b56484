"""
When something of a subscription is due, and for which time.

| what is due | at | plan fee for | usage of |
|---|---|---|---|
| start, plan paid in advance | the start | the running period from the start's day | – |
| period boundary, in advance | local midnight | the period that begins | the period that ended |
| period boundary, in arrears | local midnight | the period that ended | the period that ended |
| end of a trial, in advance | the trial's end | the running period from that day | – |
| termination | the termination | in arrears: the days until it | up to it |

No fee is due for days of a trial; the day on which it ends is paid (Lago rules M31 to M42). Times are half-open.
"""

from dataclasses import dataclass
from datetime import date, datetime

from billing_site.core.periods import MOMENT, Period, local_date, local_midnight
from plans.calculations.billing_periods import clamp, period_containing, previous_period

STARTING, PERIODIC, TERMINATING = "subscription_starting", "subscription_periodic", "subscription_terminating"


@dataclass(frozen=True, slots=True)
class Schedule:
    """What decides when a subscription is billed. `anchor` is the local day its periods are counted from."""

    interval: str
    billing_time: str
    anchor: date
    zone: str
    pay_in_advance: bool
    started_at: datetime
    billable_from: datetime
    trial_ends_at: datetime | None = None
    terminated_at: datetime | None = None

    def period(self, moment: datetime) -> Period:
        """Return the full period that contains a moment."""
        return period_containing(
            moment, interval=self.interval, billing_time=self.billing_time, anchor=self.anchor, zone=self.zone
        )

    def period_before(self, period: Period) -> Period:
        """Return the full period before a full period."""
        return previous_period(
            period, interval=self.interval, billing_time=self.billing_time, anchor=self.anchor, zone=self.zone
        )

    @property
    def first_paid_day(self) -> datetime:
        """The local midnight from which days are paid: the start's day, or the day the trial ends."""
        first = max(self.started_at, self.trial_ends_at or self.started_at)
        return local_midnight(local_date(first, self.zone), self.zone)

    @property
    def usage_ends_at(self) -> datetime | None:
        """The half-open end of usage: what happens in the very instant of termination still counts."""
        return None if self.terminated_at is None else self.terminated_at + MOMENT


@dataclass(frozen=True, slots=True)
class Act:
    """What is due at one instant. `fee` is the paid part of the full period `fee_of`; either kind may be absent."""

    at: datetime
    reason: str
    fee: Period | None = None
    fee_of: Period | None = None
    usage: Period | None = None


def first_act(schedule: Schedule, *, now: datetime) -> datetime:
    """
    Return when a subscription that is made or begins now is first due.

    A start in the past is not billed for itself: the first boundary to come is (Lago rule M144).
    """
    begins_today = local_date(schedule.started_at, schedule.zone) == local_date(now, schedule.zone)
    if schedule.pay_in_advance and (begins_today or schedule.started_at > now):
        return schedule.started_at
    return next_act(schedule, max(schedule.started_at, schedule.billable_from, now))


def next_act(schedule: Schedule, after: datetime) -> datetime:
    """Return the first instant after this one at which something is due."""
    upcoming = schedule.period(after).end
    trial_end = schedule.trial_ends_at
    is_within = trial_end is not None and after < trial_end < upcoming
    # On the day of a boundary the trial's end is billed with it.
    if schedule.pay_in_advance and is_within and schedule.first_paid_day > schedule.period(after).start:
        upcoming = trial_end or upcoming
    if schedule.terminated_at is not None:
        upcoming = min(upcoming, schedule.terminated_at)
    return upcoming


def act_at(schedule: Schedule, at: datetime) -> Act:
    """Return what is due at an instant that `first_act` or `next_act` gave, or at the termination."""
    running = schedule.period(at)
    if schedule.terminated_at is not None and at >= schedule.terminated_at:
        return _termination(schedule, at)
    if running.start != at:
        return Act(at, STARTING, *_paid(schedule, running, at)) if schedule.pay_in_advance else Act(at, STARTING)
    ended = schedule.period_before(running)
    usage = clamp(ended, started_at=max(schedule.started_at, schedule.billable_from))
    paid = _paid(schedule, running, at) if schedule.pay_in_advance else _paid(schedule, ended, at)
    reason = STARTING if at == schedule.started_at else PERIODIC
    return Act(at, reason, *paid, usage=usage)


def running_usage(schedule: Schedule, now: datetime) -> Period:
    """Return the time whose usage is running: the current period, from the start on."""
    period = schedule.period(now)
    begun = clamp(period, started_at=schedule.started_at, ended_at=schedule.usage_ends_at)
    return begun or period


def _paid(schedule: Schedule, period: Period, at: datetime) -> tuple[Period | None, Period]:
    """Return the part of a full period that is paid, and the period; nothing while a trial lasts beyond today."""
    tomorrow_or_later = schedule.first_paid_day > at and local_date(at, schedule.zone) < local_date(
        schedule.first_paid_day, schedule.zone
    )
    if schedule.pay_in_advance and tomorrow_or_later:
        return None, period
    return clamp(period, started_at=schedule.first_paid_day), period


def _termination(schedule: Schedule, at: datetime) -> Act:
    end = schedule.usage_ends_at
    assert end is not None
    running = schedule.period(at)
    if running.start == at and schedule.started_at < at:
        running = schedule.period_before(running)
    usage = clamp(running, started_at=max(schedule.started_at, schedule.billable_from))
    usage = Period(usage.start, end) if usage and usage.start < end else None
    fee = None
    if not schedule.pay_in_advance:
        fee = clamp(running, started_at=schedule.first_paid_day, ended_at=end)
    return Act(at, TERMINATING, fee, running, usage)
