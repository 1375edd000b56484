from datetime import UTC, datetime

import pytest

from billing_site.core.periods import local_date
from plans.calculations.schedules import Kind, Schedule, act_at, first_act, next_act


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
