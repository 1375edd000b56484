"""
When something of a subscription is due, and for which time of each kind.

Each kind of billed period has its own rhythm and direction, and is billed without gap or overlap (house decision 9):

| kind | rhythm | at a boundary of its rhythm | besides |
|---|---|---|---|
| plan fee, paid in advance | plan | the period that begins | at the start, and where a trial ends |
| plan fee, in arrears | plan | the period that ended | termination: the days until it |
| usage | usage | the period that ended | termination: up to it |
| usage in advance of recurring metrics | usage | the period that begins | change of plan on a boundary: as ever |
| fixed charges in arrears | fixed | the period that ended | termination: up to it |
| fixed charges in advance | fixed | the period that begins | at the start |
| minimum commitment | plan | the period that ended | termination: up to it |

The rhythm is the plan's interval; usage and fixed charges of yearly and half-yearly plans may be billed monthly (M46).
Which of the kinds a plan has at all is not known here: whoever bills drops the others.

On the local day of a boundary that is not billed yet a termination bills the period that ended, and no more of the fee
than that (Lago rule M49). No fee is due for days of a trial; the day on which it ends is paid (Lago rules M31 to M42).
A pause bills what is in arrears when it begins, nothing while it lasts, and when it is over what is paid in advance for
the rest of the period; the periods stay where they were. Times are half-open.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

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


ZONES_APART = timedelta(hours=26)
# One kind of each rhythm.
_RHYTHMS = (Kind.PLAN_FEE, Kind.USAGE, Kind.FIXED_IN_ARREARS)
USAGE_KINDS = frozenset({Kind.USAGE, Kind.USAGE_IN_ADVANCE})
FIXED_KINDS = frozenset({Kind.FIXED_IN_ARREARS, Kind.FIXED_IN_ADVANCE})


class Pause(NamedTuple):
    """A time without fees; without an end it still lasts."""

    start: datetime
    end: datetime | None


class Schedule(msgspec.Struct, frozen=True):
    """
    What decides when a subscription is billed. `anchor` is the local day its periods are counted from.

    `fee_from`: no plan fee is due before, as the plan before was paid for that time. `is_replaced`: ended by a change
    of plan, whose day belongs to the next plan; unless `is_prorated` the running period's fee is still due whole.
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
    fee_from: datetime | None = None
    is_replaced: bool = False
    is_prorated: bool = True
    pauses: tuple[Pause, ...] = ()

    def pause_at(self, moment: datetime) -> Pause | None:
        """Return the pause in which a moment lies; its end does not."""
        found = (pause for pause in self.pauses if pause.start <= moment and (pause.end is None or moment < pause.end))
        return next(found, None)

    def runs_since(self, moment: datetime) -> datetime:
        """Return when the stretch without pause began in which, or at whose end, a moment lies."""
        return max((pause.end for pause in self.pauses if pause.end and pause.end <= moment), default=self.started_at)

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
    def paid_from(self) -> datetime:
        """The moment from which a fee is due: the start, the end of the trial, or of what the plan before was paid."""
        return max(self.started_at, self.trial_ends_at or self.started_at, self.fee_from or self.started_at)

    @property
    def first_paid_day(self) -> datetime:
        """The local midnight from which days are paid."""
        return local_midnight(local_date(self.paid_from, self.zone), self.zone)

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
        if self.terminated_at is None or not self.is_replaced:
            return self.usage_ends_at
        if not self.is_prorated:
            return self.period(self.terminated_at).end
        return local_midnight(local_date(self.terminated_at, self.zone), self.zone)

    def ends_on_first_day_of(self, period: Period) -> bool:
        """Say whether the subscription, begun before a period, ends on the local day on which that begins."""
        if self.terminated_at is None or self.started_at >= period.start or self.terminated_at < period.start:
            return False
        return local_date(self.terminated_at, self.zone) == local_date(period.start, self.zone)


class Part(msgspec.Struct, frozen=True):
    """A time that is due of one kind, and the full period whose share it is."""

    time: Period
    whole: Period


class Act(msgspec.Struct, frozen=True):
    """What is due at one instant, by kind."""

    at: datetime
    reason: str
    parts: Mapping[Kind, Part] = {}

    def time(self, kind: Kind) -> Period | None:
        """Return the time that is due of a kind, if any is."""
        part = self.parts.get(kind)
        return part.time if part else None

    def only(self, kinds: Iterable[Kind]) -> "Act":
        """Return the act without all other kinds."""
        return replace(self, parts={kind: part for kind, part in self.parts.items() if kind in kinds})


def shown_fee_time(schedule: Schedule, part: Part) -> Period:
    """Return the time that a plan fee is shown for: the free days of a trial are a part of it, unlike those before."""
    trial_ends_at = schedule.trial_ends_at
    is_shortened = trial_ends_at is not None and part.time.start == schedule.first_paid_day > schedule.first_day
    if not is_shortened or schedule.paid_from != trial_ends_at:
        return part.time
    return Period(max(part.whole.start, schedule.first_day), part.time.end)


def first_act(schedule: Schedule, *, now: datetime) -> datetime:
    """
    Return when something of a subscription that is made or begins now may first be due.

    A start in the past is not billed for itself: the first boundary to come is (Lago rule M144).
    """
    begins_today = local_date(schedule.started_at, schedule.zone) == local_date(now, schedule.zone)
    if begins_today or schedule.started_at > now:
        return schedule.started_at
    return next_act(schedule, max(schedule.started_at, schedule.billable_from, now)) or now


def next_act(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the first instant after this one at which something may be due; None while a pause has no end."""
    pause = schedule.pause_at(after)
    upcoming = pause.end if pause else _next_running(schedule, after)
    return last_act(schedule, upcoming) if schedule.terminated_at is not None else upcoming


def _next_running(schedule: Schedule, after: datetime) -> datetime:
    upcoming = min(schedule.period(after, kind).end for kind in _RHYTHMS)
    paid_from = schedule.paid_from
    if after < paid_from < upcoming and _bills_alone(schedule, paid_from):
        upcoming = paid_from
    return min([upcoming, *(pause.start for pause in schedule.pauses if pause.start > after)])


def on_time(schedule: Schedule, due_at: datetime) -> datetime:
    """
    Return when what was due at a moment is due, if its time zone has changed since that was computed.

    Zones lie at most 26 hours apart, and no period is that short; so the boundary meant is the next one after that.
    """
    if schedule.terminated_at is not None and due_at >= schedule.terminated_at:
        return due_at
    is_boundary = any(schedule.period(due_at, kind).start == due_at for kind in _RHYTHMS)
    if is_boundary or due_at in {schedule.started_at, schedule.paid_from, *_turns(schedule)}:
        return due_at
    return next_act(schedule, due_at - ZONES_APART) or due_at


def last_act(schedule: Schedule, due_at: datetime | None) -> datetime:
    """Return when a terminated subscription is due that was due next at a moment: then, or at its termination."""
    ended_at = schedule.terminated_at
    assert ended_at is not None
    if due_at is None or due_at >= ended_at:
        return ended_at
    is_last_boundary = any(
        period.start == due_at and schedule.ends_on_first_day_of(period)
        for period in (schedule.period(due_at, kind) for kind in _RHYTHMS)
    )
    return ended_at if is_last_boundary else due_at


def act_at(
    schedule: Schedule, at: datetime, billed: Mapping[Kind, datetime] | None = None, *, kinds: Iterable[Kind] = Kind
) -> Act:
    """
    Return what is due of some kinds at an instant that `first_act` or `next_act` gave, or at the termination.

    `billed` is until when each kind has been billed.
    """
    if schedule.terminated_at is not None and at >= schedule.terminated_at:
        parts = {kind: _last_part(schedule, kind, at, (billed or {}).get(kind)) for kind in kinds}
        return _act(at, TERMINATING, parts)
    if any(pause.start == at for pause in schedule.pauses):
        return _act(at, PERIODIC, _before_pause(schedule, at, billed or {})).only(kinds)
    is_boundary = at in _turns(schedule) or any(schedule.period(at, kind).start == at for kind in _RHYTHMS)
    reason = PERIODIC if is_boundary and at != schedule.started_at else STARTING
    return _act(at, reason, {kind: _part(schedule, kind, at) for kind in kinds})


def running_usage(schedule: Schedule, now: datetime) -> Period:
    """Return the time whose usage is running: the current period, from the start on."""
    period, pause = schedule.period(now, Kind.USAGE), schedule.pause_at(now)
    ended_at = pause.start + MOMENT if pause else schedule.usage_ends_at
    begun = clamp(period, started_at=schedule.runs_since(now), ended_at=ended_at)
    nothing = Period(period.start, period.start) if pause else period
    return begun or nothing


def _act(at: datetime, reason: str, parts: Mapping[Kind, Part | None]) -> Act:
    return Act(at, reason, {kind: part for kind, part in parts.items() if part})


def _turns(schedule: Schedule) -> set[datetime]:
    """Return the moments at which pauses begin and end."""
    return {moment for pause in schedule.pauses for moment in pause if moment is not None}


def _before_pause(schedule: Schedule, at: datetime, billed: Mapping[Kind, datetime]) -> dict[Kind, Part | None]:
    """Return what a pause leaves to be billed: as an end does, but the plan's fee by whole days, for it goes on."""
    stopped = replace(schedule, terminated_at=at, is_replaced=False)
    parts = {kind: _last_part(stopped, kind, at, billed.get(kind)) for kind in Kind}
    part = parts[Kind.PLAN_FEE]
    if part and part.time.end == at + MOMENT:
        tomorrow = local_midnight(local_date(at, schedule.zone) + timedelta(days=1), schedule.zone)
        parts[Kind.PLAN_FEE] = Part(Period(part.time.start, tomorrow), part.whole)
    return parts


def _bills_alone(schedule: Schedule, paid_from: datetime) -> bool:
    """Say whether the first paid moment is due by itself: on the day of a boundary it is billed with that."""
    return schedule.pay_in_advance and schedule.first_paid_day > schedule.period(paid_from).start


def _part(schedule: Schedule, kind: Kind, at: datetime) -> Part | None:
    running = schedule.period(at, kind)
    if schedule.is_in_advance(kind):
        return _part_in_advance(schedule, kind, at, running)
    if running.start != at:
        return None
    whole = schedule.period_before(running, kind)
    return _clamped(whole, _begin(schedule, kind, at))


def _part_in_advance(schedule: Schedule, kind: Kind, at: datetime, running: Period) -> Part | None:
    moments = {running.start, schedule.started_at, *_turns(schedule)}
    if kind == Kind.PLAN_FEE:
        moments.add(schedule.paid_from)
        # Nothing while a trial lasts beyond today.
        if local_date(at, schedule.zone) < local_date(schedule.first_paid_day, schedule.zone):
            return None
    # Units of a recurring metric are billed as they come in the first period, and again from the second on.
    is_too_early = kind == Kind.USAGE_IN_ADVANCE and at == schedule.started_at
    if at not in moments or is_too_early:
        return None
    return _clamped(running, _begin(schedule, kind, at))


def _last_part(schedule: Schedule, kind: Kind, at: datetime, billed: datetime | None) -> Part | None:
    """
    Return what a termination leaves to be billed: of what is in arrears, the time until it.

    Where another plan takes over with a period, what is there of recurring metrics is renewed by the plan that ends
    (table 1.7): the other one is paid for what comes, and renews from its second period on.
    """
    running = schedule.period(at, kind)
    if kind == Kind.USAGE_IN_ADVANCE and schedule.is_replaced and at == running.start > schedule.started_at:
        return _clamped(running, _begin(schedule, kind, at))
    end = schedule.fee_ends_at if kind == Kind.PLAN_FEE else schedule.usage_ends_at
    is_paused = any(pause.start < at and (pause.end is None or at < pause.end) for pause in schedule.pauses)
    if schedule.is_in_advance(kind) or end is None or is_paused:
        return None
    whole = _last_period(schedule, kind, at, billed)
    # What was used after the boundary still counts, though it lies behind the period.
    time = clamp(whole, started_at=_begin(schedule, kind, at), ended_at=None if kind == Kind.USAGE else end)
    if time and kind == Kind.USAGE:
        time = Period(time.start, end) if time.start < end else None
    return Part(time, whole) if time else None


def _last_period(schedule: Schedule, kind: Kind, at: datetime, billed: datetime | None) -> Period:
    """Return the full period that a termination closes: the one that ended today if it is still to be billed."""
    running = schedule.period(at, kind)
    if not schedule.ends_on_first_day_of(running):
        return running
    is_open = (billed or schedule.billable_from) < running.start
    return schedule.period_before(running, kind) if is_open or at == running.start else running


def _begin(schedule: Schedule, kind: Kind, at: datetime) -> datetime:
    """Return from when a kind counts: fees by days, what is used from the very instant (M40); anew after a pause."""
    runs_since = schedule.runs_since(at)
    if kind not in (Kind.PLAN_FEE, Kind.COMMITMENT):
        return max(runs_since, schedule.billable_from)
    first = schedule.first_paid_day if kind == Kind.PLAN_FEE else schedule.first_day
    return max(first, local_midnight(local_date(runs_since, schedule.zone), schedule.zone))


def _clamped(whole: Period, start: datetime) -> Part | None:
    time = clamp(whole, started_at=start)
    return Part(time, whole) if time else None
