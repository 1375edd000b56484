"""A run that was missed for months bills in one go what runs on time would have billed."""

import pytest
import time_machine

from invoicing.models import BilledPeriod, Fee
from tests.databases import fresh
from tests.scenarios.conftest import World

DAYS = [f"2024-{month:02d}-{day:02d}T06:00:00Z" for month in range(2, 8) for day in (1, 11, 16, 21, 29)]


def tell(world, terms, moments):
    """Subscribe two, change one, end the other, run the clock at these moments; return what was billed."""
    world.travel_to("2024-01-31T10:00:00Z")
    for code, cents in (("basic", 3100), ("small", 310)):
        plan = {"code": code, "name": code, "interval": "monthly", "amount_cents": cents, "amount_currency": "EUR"}
        world.post("/plans", {"plan": plan | terms["plan"]})
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR", "timezone": terms["zone"]}})
    for name, more in (("one", {}), ("two", {"ending_at": "2024-05-20T12:00:00Z"})):
        body = {"external_customer_id": "cust", "external_id": name, "plan_code": "basic"} | terms["subscription"]
        world.post("/subscriptions", {"subscription": body | more})
    world.run_clock()
    body = {"external_customer_id": "cust", "external_id": "one", "plan_code": "small", "plan_change": terms["change"]}
    world.post("/subscriptions", {"subscription": body})
    for moment in moments:
        world.travel_to(moment)
        world.run_clock()
    fees = Fee.objects.values_list("subscription__external_id", "item_code", "from_at", "to_at", "amount_cents")
    periods = BilledPeriod.objects.values_list("subscription__external_id", "kind", "starts_at", "ends_at")
    return sorted(fees), sorted(periods)


@pytest.mark.parametrize(
    ("_case", "terms"),
    [
        ("in arrears, from the 31st", {"plan": {}, "subscription": {"billing_time": "anniversary"}, "zone": "UTC",
            "change": {"at": "period_end"}}),
        ("in advance, by the calendar, in New York", {"plan": {"pay_in_advance": True}, "subscription": {},
            "zone": "America/New_York", "change": {"at": "2024-03-15"}}),
        ("with a trial, by the week, in Kathmandu", {"plan": {"interval": "weekly", "trial_period": 10.5,
            "pay_in_advance": True}, "subscription": {}, "zone": "Asia/Kathmandu", "change": {"at": "2024-03-15"}}),
    ],
)  # fmt: skip
def test_late_in_one_go_equals_on_time(django_db_blocker_lifted, _case, terms):
    told = []
    for moments in (DAYS, DAYS[-1:]):
        with fresh() as key, time_machine.travel("2024-01-31T10:00:00Z", tick=False) as clock:
            told.append(tell(World(key, clock), terms, moments))

    assert told[0] == told[1]
    assert len(told[0][0]) > 5
