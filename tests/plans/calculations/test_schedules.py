from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from billing_site.core.periods import Period, local_date
from plans.calculations.billing_periods import BILLING_TIMES, INTERVALS
from plans.calculations.schedules import Kind, Pause, Schedule, act_at, first_act, next_act, on_time, shown_fee_time

ZONES = ["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]
moments = st.integers(1_200_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, tz=UTC))
terms = st.fixed_dictionaries(
    {
        "interval": st.sampled_from(INTERVALS),
        "billing_time": st.sampled_from(BILLING_TIMES),
        "zone": st.sampled_from(ZONES),
        "pay_in_advance": st.booleans(),
        "usage_monthly": st.booleans(),
        "fixed_monthly": st.booleans(),
    }
)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(start, **terms):
    started_at = utc(start)
    terms = {"interval": "monthly", "billing_time": "calendar", "zone": "UTC", "pay_in_advance": False} | terms
    return Schedule(
        anchor=local_date(started_at, terms["zone"]), started_at=started_at, billable_from=started_at, **terms
    )


def acts(given, until):
    """All acts up to a day, as `day: kind start→end, …`, without times of day."""
    shown, at = [], first_act(given, now=given.started_at)
    while at < utc(until):
        parts = act_at(given, at).parts
        times = [f"{kind} {part.time.start:%y-%m-%d}→{part.time.end:%y-%m-%d}" for kind, part in parts.items()]
        shown.append(f"{at:%y-%m-%d}: {', '.join(times)}")
        at = next_act(given, at)
    return shown


def only(*kinds):
    return lambda line: any(f"{kind} " in line for kind in kinds)


def test_each_kind_of_a_half_yearly_plan_has_a_rhythm_of_its_own():
    given = schedule("2024-05-15T10:00", interval="semiannual", pay_in_advance=True, usage_monthly=True)

    assert acts(given, "2024-08-02") == [
        "24-05-15: plan_fee 24-05-15→24-07-01, fixed_in_advance 24-05-15→24-07-01",
        "24-06-01: usage 24-05-15→24-06-01, usage_in_advance 24-06-01→24-07-01",
        "24-07-01: plan_fee 24-07-01→25-01-01, usage 24-06-01→24-07-01, usage_in_advance 24-07-01→24-08-01, "
        "fixed_in_arrears 24-05-15→24-07-01, fixed_in_advance 24-07-01→25-01-01, commitment 24-05-15→24-07-01",
        "24-08-01: usage 24-07-01→24-08-01, usage_in_advance 24-08-01→24-09-01",
    ]


def test_fixed_charges_of_a_yearly_plan_by_the_month():
    given = schedule("2024-01-31T10:00", interval="yearly", billing_time="anniversary", fixed_monthly=True)

    months = [line for line in acts(given, "2025-02-01") if only("fixed_in_advance")(line)]
    assert [line.split(":")[0] for line in months] == [
        "24-01-31", "24-02-29", "24-03-31", "24-04-30", "24-05-31", "24-06-30", "24-07-31", "24-08-31", "24-09-30",
        "24-10-31", "24-11-30", "24-12-31", "25-01-31",
    ]  # fmt: skip
    yearly = [line for line in acts(given, "2025-02-01") if only("plan_fee", "usage", "commitment")(line)]
    assert [line.split(":")[0] for line in yearly] == ["25-01-31"]


@pytest.mark.parametrize(
    ("_case", "terms", "expected"),
    [
        ("in arrears", {}, "plan_fee 06-01→06-15, usage 06-01→06-15, fixed_in_arrears 06-01→06-15, "
            "commitment 06-01→06-15"),
        ("in advance", {"pay_in_advance": True}, "usage 06-01→06-15, fixed_in_arrears 06-01→06-15, "
            "commitment 06-01→06-15"),
        ("by a change of plan, whose day is the next plan's", {"is_replaced": True}, "plan_fee 06-01→06-15, "
            "usage 06-01→06-15, fixed_in_arrears 06-01→06-15, commitment 06-01→06-15"),
    ],
)  # fmt: skip
def test_what_an_end_leaves_to_be_billed(_case, terms, expected):
    given = schedule("2024-05-15T10:00", terminated_at=utc("2024-06-15T12:00"), **terms)

    parts = act_at(given, utc("2024-06-15T12:00")).parts

    times = [f"{kind} {part.time.start:%m-%d}→{part.time.end:%m-%d}" for kind, part in parts.items()]
    assert ", ".join(times) == expected
    if Kind.PLAN_FEE in parts:
        is_replaced = bool(terms.get("is_replaced"))
        assert (parts[Kind.PLAN_FEE].time.end == utc("2024-06-15T00:00")) == is_replaced


def test_a_plan_that_ends_with_a_period_renews_what_recurs_for_the_next():
    terms = {"terminated_at": utc("2024-07-01T00:00"), "is_replaced": True}
    given = schedule("2024-05-15T10:00", **terms)

    renewed = act_at(given, utc("2024-07-01T00:00")).time(Kind.USAGE_IN_ADVANCE)
    assert renewed == Period(utc("2024-07-01T00:00"), utc("2024-08-01T00:00"))
    for other in (terms | {"is_replaced": False}, terms | {"terminated_at": utc("2024-06-15T00:00")}):
        given = schedule("2024-05-15T10:00", **other)
        assert act_at(given, other["terminated_at"]).time(Kind.USAGE_IN_ADVANCE) is None


@pytest.mark.parametrize(
    ("_case", "terms", "at", "expected"),
    [
        ("no trial", {}, "2024-05-15T10:00", "2024-05-15"),
        ("a trial's days are shown", {"trial_ends_at": utc("2024-05-20T10:00")}, "2024-05-20T10:00", "2024-05-15"),
        ("of the period alone", {"trial_ends_at": utc("2024-06-20T10:00")}, "2024-06-20T10:00", "2024-06-01"),
        ("once it is over", {"trial_ends_at": utc("2024-05-20T10:00")}, "2024-06-01T00:00", "2024-06-01"),
        ("not what the plan before was paid for", {"fee_from": utc("2024-05-20T00:00")}, "2024-05-20T00:00",
         "2024-05-20"),
    ],
)  # fmt: skip
def test_the_time_that_a_plan_fee_is_shown_for(_case, terms, at, expected):
    given = schedule("2024-05-15T10:00", pay_in_advance=True, **terms)

    assert shown_fee_time(given, act_at(given, utc(at)).parts[Kind.PLAN_FEE]).start == utc(f"{expected}T00:00")


def tiles(given, count):
    """Walk so many acts; return the times of each kind in the order in which they are billed."""
    found, at = {kind: [] for kind in Kind}, first_act(given, now=given.started_at)
    for _ in range(count):
        billed = {kind: times[-1].end for kind, times in found.items() if times}
        for kind, part in act_at(given, at, billed).parts.items():
            found[kind].append(part.time)
        at = next_act(given, at)
    return found


@settings(max_examples=150)
@for_all(moments, terms)
def test_each_kind_tiles_time_from_the_start_without_gap_or_overlap(started_at, rule):
    given = Schedule(
        anchor=local_date(started_at, rule["zone"]), started_at=started_at, billable_from=started_at,
        **rule | {"usage_monthly": rule["usage_monthly"] and rule["interval"] in ("yearly", "semiannual"),
                  "fixed_monthly": rule["fixed_monthly"] and rule["interval"] in ("yearly", "semiannual")},
    )  # fmt: skip

    for kind, times in tiles(given, 30).items():
        assert all(before.end == after.start for before, after in zip(times, times[1:], strict=False))
        if times and kind != Kind.USAGE_IN_ADVANCE:
            by_days = kind in (Kind.PLAN_FEE, Kind.COMMITMENT)
            assert times[0].start == (given.first_day if by_days else started_at)


@settings(max_examples=150)
@for_all(moments, terms, st.integers(0, 10_000_000), st.integers(1, 10_000_000))
def test_nothing_is_due_in_a_pause_and_the_periods_stay_where_they_were(started_at, rule, until, length):
    paused_at = started_at + timedelta(seconds=until)
    pause = Pause(paused_at, paused_at + timedelta(seconds=length))
    plain = Schedule(
        anchor=local_date(started_at, rule["zone"]), started_at=started_at, billable_from=started_at,
        **rule | {"usage_monthly": False, "fixed_monthly": False},
    )  # fmt: skip

    usage = tiles(replace(plain, pauses=(pause,)), 40)[Kind.USAGE]

    inside = [time for time in usage if time.start < pause.end and time.end > pause.start + timedelta(microseconds=1)]
    bounds = {time.end for time in tiles(plain, 60)[Kind.USAGE]}
    assert inside == []
    assert all(time.end in bounds or time.end == pause.start + timedelta(microseconds=1) for time in usage)
    assert all(before.end <= after.start for before, after in zip(usage, usage[1:], strict=False))


@pytest.mark.parametrize(
    ("_case", "zone", "due_at", "expected"),
    [
        ("as it was", "UTC", "2024-04-01T00:00", "2024-04-01T00:00"),
        ("the zone is now to the east", "Europe/Berlin", "2024-04-01T00:00", "2024-03-31T22:00"),
        ("to the west", "America/New_York", "2024-04-01T00:00", "2024-04-01T04:00"),
        ("as far as can be", "Pacific/Kiritimati", "2024-04-01T11:00", "2024-03-31T10:00"),
    ],
)
def test_what_is_due_follows_the_time_zone(_case, zone, due_at, expected):
    assert on_time(schedule("2024-02-01T12:00", zone=zone), utc(due_at)) == utc(expected)
