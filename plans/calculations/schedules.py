"""
When something of a subscription is due, and for which time of each kind.

Each kind of billed period has its own rhythm and direction, and is billed without gap or overlap (house decision 9):

| kind | rhythm | at a boundary of its rhythm | besides |
|---|---|---|---|
| plan fee, paid in advance | plan | the period that begins | at the start, and at the end of a trial |
| plan fee, in arrears | plan | the period that ended | termination: the days until it |
| usage | usage | the period that ended | termination: up to it |
| usage in advance of recurring metrics | usage | the period that begins | – |
| fixed charges in arrears | fixed | the period that ended | termination: up to it |
| fixed charges in advance | fixed | the period that begins | at the start |
| minimum commitment | plan | the period that ended | termination: up to it |

The rhythm is the plan's interval; usage and fixed charges of yearly and half-yearly plans may be billed monthly (M46).
Which of the kinds a plan has at all is not known here: whoever bills drops the others.

No fee is due for days of a trial; the day on which it ends is paid (Lago rules M31 to M42). Times are half-open.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from billing_site.core.periods import MOMENT, Period, local_date, local_midnight
from plans.calculations.billing_periods import clamp, period_containing, previous_period

STARTING, PERIODIC, TERMINATING = "subscription_starting", "subscription_periodic", "subscription_terminating"


class Kind(StrEnum):
    """What can be billed for a time."""

    PLAN_FEE = "plan_fee"
    USAGE = "usage"
    USAGE_IN_ADVANCE = "usage_in_advance"
    FIXED_IN_ARREARS = "fixed_in_arrears"
    FIXED_IN_ADVANCE = "fixed_in_advance"
    COMMITMENT = "commitment"


USAGE_KINDS = frozenset({Kind.USAGE, Kind.USAGE_IN_ADVANCE})
FIXED_KINDS = frozenset({Kind.FIXED_IN_ARREARS, Kind.FIXED_IN_ADVANCE})


@dataclass(frozen=True, slots=True)
class Schedule:
    """
    What decides when a subscription is billed. `anchor` is the local day its periods are counted from.

    `is_replaced`: ended by a change of plan, whose day belongs to the next plan.
    """

    interval: str
    billing_time: str
    anchor: date
    zone: str
    pay_in_advance: bool
    started_at: datetime
    billable_from: datetime
    trial_ends_at: datetime | None = None
    terminated_at: datetime | None = None
    usage_monthly: bool = False
    fixed_monthly: bool = False
    is_replaced: bool = False

    def rhythm(self, kind: Kind) -> str:
        """Return the interval in which a kind is billed."""
        is_monthly = self.usage_monthly if kind in USAGE_KINDS else kind in FIXED_KINDS and self.fixed_monthly
        return "monthly" if is_monthly else self.interval

    def period(self, moment: datetime, kind: Kind = Kind.PLAN_FEE) -> Period:
        """Return the full period of a kind that contains a moment."""
        return period_containing(
            moment, interval=self.rhythm(kind), billing_time=self.billing_time, anchor=self.anchor, zone=self.zone
        )

    def period_before(self, period: Period, kind: Kind = Kind.PLAN_FEE) -> Period:
        """Return the full period before a full period of a kind."""
        return previous_period(
            period, interval=self.rhythm(kind), billing_time=self.billing_time, anchor=self.anchor, zone=self.zone
        )

    def is_in_advance(self, kind: Kind) -> bool:
        """Say whether a kind is billed at the beginning of its periods."""
        if kind == Kind.PLAN_FEE:
            return self.pay_in_advance
        return kind in (Kind.USAGE_IN_ADVANCE, Kind.FIXED_IN_ADVANCE)

    @property
    def first_day(self) -> datetime:
        """The local midnight before the start."""
        return local_midnight(local_date(self.started_at, self.zone), self.zone)

    @property
    def first_paid_day(self) -> datetime:
        """The local midnight from which days are paid: the start's day, or the day the trial ends."""
        first = max(self.started_at, self.trial_ends_at or self.started_at)
        return local_midnight(local_date(first, self.zone), self.zone)

    @property
    def usage_ends_at(self) -> datetime | None:
        """
        The half-open end of usage.

        What happens in the very instant of termination still counts, in that of a change it is the next plan's.
        """
        if self.terminated_at is None or self.is_replaced:
            return self.terminated_at
        return self.terminated_at + MOMENT

    @property
    def fee_ends_at(self) -> datetime | None:
        """The half-open end of the plan fee's days: the day of a change is the next plan's (Lago rule M29)."""
        if self.terminated_at is not None and self.is_replaced:
            return local_midnight(local_date(self.terminated_at, self.zone), self.zone)
        return self.usage_ends_at


@dataclass(frozen=True, slots=True)
class Part:
    """A time that is due of one kind, and the full period whose share it is."""

    time: Period
    whole: Period


@dataclass(frozen=True, slots=True)
class Act:
    """What is due at one instant, by kind."""

    at: datetime
    reason: str
    parts: Mapping[Kind, Part] = field(default_factory=dict)

    def time(self, kind: Kind) -> Period | None:
        """Return the time that is due of a kind, if any is."""
        part = self.parts.get(kind)
        return part.time if part else None

    def only(self, kinds: Collection[Kind]) -> "Act":
        """Return the act without all other kinds."""
        return replace(self, parts={kind: part for kind, part in self.parts.items() if kind in kinds})


def first_act(schedule: Schedule, *, now: datetime) -> datetime:
    """
    Return when something of a subscription that is made or begins now may first be due.

    A start in the past is not billed for itself: the first boundary to come is (Lago rule M144).
    """
    begins_today = local_date(schedule.started_at, schedule.zone) == local_date(now, schedule.zone)
    if begins_today or schedule.started_at > now:
        return schedule.started_at
    return next_act(schedule, max(schedule.started_at, schedule.billable_from, now))


def next_act(schedule: Schedule, after: datetime) -> datetime:
    """Return the first instant after this one at which something may be due."""
    upcoming = min(schedule.period(after, kind).end for kind in (Kind.PLAN_FEE, Kind.USAGE, Kind.FIXED_IN_ARREARS))
    trial_end = schedule.trial_ends_at
    if trial_end is not None and after < trial_end < upcoming and _bills_trial_end(schedule, trial_end):
        upcoming = trial_end
    if schedule.terminated_at is not None:
        upcoming = min(upcoming, schedule.terminated_at)
    return upcoming


def act_at(schedule: Schedule, at: datetime) -> Act:
    """Return what is due at an instant that `first_act` or `next_act` gave, or at the termination."""
    if schedule.terminated_at is not None and at >= schedule.terminated_at:
        return _act(at, TERMINATING, {kind: _last_part(schedule, kind, at) for kind in Kind})
    parts = {kind: _part(schedule, kind, at) for kind in Kind}
    is_boundary = any(schedule.period(at, kind).start == at for kind in (Kind.PLAN_FEE, *USAGE_KINDS, *FIXED_KINDS))
    return _act(at, PERIODIC if is_boundary and at != schedule.started_at else STARTING, parts)


def running_usage(schedule: Schedule, now: datetime) -> Period:
    """Return the time whose usage is running: the current period, from the start on."""
    period = schedule.period(now, Kind.USAGE)
    begun = clamp(period, started_at=schedule.started_at, ended_at=schedule.usage_ends_at)
    return begun or period


def _act(at: datetime, reason: str, parts: Mapping[Kind, Part | None]) -> Act:
    return Act(at, reason, {kind: part for kind, part in parts.items() if part})


def _bills_trial_end(schedule: Schedule, trial_end: datetime) -> bool:
    """Say whether the end of the trial is due by itself: on the day of a boundary it is billed with that."""
    return schedule.pay_in_advance and schedule.first_paid_day > schedule.period(trial_end).start


def _part(schedule: Schedule, kind: Kind, at: datetime) -> Part | None:
    running = schedule.period(at, kind)
    if schedule.is_in_advance(kind):
        return _part_in_advance(schedule, kind, at, running)
    if running.start != at:
        return None
    whole = schedule.period_before(running, kind)
    return _clamped(whole, _begin(schedule, kind))


def _part_in_advance(schedule: Schedule, kind: Kind, at: datetime, running: Period) -> Part | None:
    moments = {running.start, schedule.started_at}
    if kind == Kind.PLAN_FEE:
        moments.add(schedule.trial_ends_at or schedule.started_at)
        # Nothing while a trial lasts beyond today.
        if local_date(at, schedule.zone) < local_date(schedule.first_paid_day, schedule.zone):
            return None
    # Units of a recurring metric are billed as they come in the first period, and again from the second on.
    is_too_early = kind == Kind.USAGE_IN_ADVANCE and at == schedule.started_at
    if at not in moments or is_too_early:
        return None
    return _clamped(running, _begin(schedule, kind))


def _last_part(schedule: Schedule, kind: Kind, at: datetime) -> Part | None:
    """Return what a termination leaves to be billed: of what is in arrears, the time until it."""
    end = schedule.fee_ends_at if kind == Kind.PLAN_FEE else schedule.usage_ends_at
    if schedule.is_in_advance(kind) or end is None:
        return None
    running = schedule.period(at, kind)
    if running.start == at and schedule.started_at < at:
        running = schedule.period_before(running, kind)
    # On a boundary the very instant still counts for usage, though it lies behind the period.
    time = clamp(running, started_at=_begin(schedule, kind), ended_at=None if kind == Kind.USAGE else end)
    if time and kind == Kind.USAGE:
        time = Period(time.start, end) if time.start < end else None
    return Part(time, running) if time else None


def _begin(schedule: Schedule, kind: Kind) -> datetime:
    """Return from when a kind counts: the plan fee by paid days, what is used from the very instant (M40)."""
    if kind == Kind.PLAN_FEE:
        return schedule.first_paid_day
    if kind == Kind.COMMITMENT:
        return schedule.first_day
    return max(schedule.started_at, schedule.billable_from)


def _clamped(whole: Period, start: datetime) -> Part | None:
    time = clamp(whole, started_at=start)
    return Part(time, whole) if time else None
