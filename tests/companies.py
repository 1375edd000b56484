"""Companies with subscribers, made through the services, for tests that look at whole books."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

from billing_site import schedule
from credits.services import applied_coupons, coupons
from customers.models import BillingEntity
from customers.services import customers, taxes
from metering.models import BillableMetric
from metering.services import billable_metrics
from metering.services.ingestion import NewEvent, ingest
from plans.models import Plan, Subscription
from plans.services import plans, subscriptions

ZONES = ("UTC", "America/Los_Angeles", "Asia/Tokyo")
TIERS = [
    {"from_value": 0, "to_value": 3, "per_unit_amount": "0.333", "flat_amount": "0"},
    {"from_value": 4, "to_value": None, "per_unit_amount": "0.1", "flat_amount": "1"},
]


def catalogue(now: datetime) -> list:
    """Make two metrics and return two plans with them, one billed in advance; and two taxes on every fee."""
    for code, rate in (("vat", "19"), ("city", "1.5")):
        taxes.create(now=now, code=code, name=code.upper(), rate=Decimal(rate))
    calls = billable_metrics.create(now=now, code="calls", name="Calls", aggregation_type="count_agg")
    data = billable_metrics.create(
        now=now, code="data", name="Data", aggregation_type="sum_agg", field_name="gigabytes"
    )
    charges = [
        {"billable_metric_id": calls.lago_id, "charge_model": "graduated", "properties": {"graduated_ranges": TIERS}},
        {"billable_metric_id": data.lago_id, "charge_model": "standard", "properties": {"amount": "0.0755"}},
    ]
    return [
        plans.create(
            now=now, code=code, name=code.title(), interval="monthly", amount_cents=cents, amount_currency="EUR",
            pay_in_advance=in_advance, charges=charges,
        )
        for code, cents, in_advance in (("growth", 9_999, True), ("starter", 1_001, False))
    ]  # fmt: skip


def subscribers(count: int, plan_list: list, begin: datetime, *, late: datetime | None = None) -> list:
    """
    Subscribe customers in three time zones; each third is taxed, each fifth has a coupon, each seventh a grace.

    The second half begins `late`, if that is given.
    """
    percent = coupons.create(
        now=begin, code="tenth", name="Tenth", coupon_type="percentage", percentage_rate=Decimal("9.99"),
        frequency="recurring", frequency_duration=2, expiration="no_expiration",
    )  # fmt: skip
    fixed = coupons.create(
        now=begin, code="fifteen", name="Fifteen", coupon_type="fixed_amount", amount_cents=1_500,
        amount_currency="EUR", frequency="once", expiration="no_expiration",
    )  # fmt: skip
    made = []
    for number in range(count):
        customer = customers.upsert(
            f"customer-{number}",
            now=begin,
            name=f"Customer {number}",
            currency="EUR",
            timezone=ZONES[number % 3],
            tax_codes=["vat", "city"] if number % 3 == 0 else [],
            invoice_grace_period=2 if number % 7 == 6 else None,
        )
        if number % 5 == 0:
            applied_coupons.give(customer, percent if number % 2 else fixed, now=begin)
        plan, moment = plan_list[number % len(plan_list)], late if late and 2 * number >= count else begin
        made.append(subscriptions.create(customer, plan, external_id=f"subscription-{number}", now=moment))
    return made


def usage(subscribed: list, *, days: int, events_a_day: int = 1) -> None:
    """Send each subscription some events a day of either metric, from its start on."""
    events = [
        NewEvent(
            f"{subscription.external_id}-{day}-{number}",
            subscription.external_id,
            "calls" if number % 2 else "data",
            subscription.started_at + timedelta(days=day, hours=number),
            json.dumps({"gigabytes": f"{number + 1}.{day % 10}7"}),
        )
        for subscription in subscribed
        for day in range(days)
        for number in range(events_a_day)
    ]
    for start in range(0, len(events), 1000):
        ingest(events[start : start + 1000], now=subscribed[0].started_at)


def metered(begin: datetime, *, plan: str = "metered", thresholds: tuple = (), name: str = "metered") -> Subscription:
    """Subscribe a taxed customer to a plan for usage of `data` alone, a cent a unit, billed at these thresholds."""
    metric = BillableMetric.objects.get(code="data")
    charge = {"billable_metric_id": metric.lago_id, "charge_model": "standard", "properties": {"amount": "0.01"}}
    sold = Plan.objects.filter(code=plan).first() or plans.create(
        now=begin, code=plan, name=plan.title(), interval="monthly", amount_cents=0, amount_currency="EUR",
        charges=[charge], usage_thresholds=thresholds,
    )  # fmt: skip
    customer = customers.upsert(name, now=begin, name=name.title(), currency="EUR", tax_codes=["vat"])
    return subscriptions.create(customer, sold, external_id=name, now=begin)


def late(begin: datetime, *, months: int = 1) -> None:
    """Have a customer of `metered` whose usage of the first month came in late, and is billed with the next ones."""
    BillingEntity.objects.update(late_usage="next_invoice")
    metered(begin, plan="slow", name="slow")
    schedule.tick(now=begin + timedelta(days=32))
    for month in range(1, months + 1):
        now = begin + timedelta(days=32 * month)
        ingest([NewEvent(f"slow-{month}", "slow", "data", begin, json.dumps({"gigabytes": "70"}))], now=now)
        schedule.tick(now=now)
        schedule.tick(now=now + timedelta(days=32))


def company(count: int, begin: datetime, *, months: int, events_a_day: int = 2, thresholds: tuple = ()) -> None:
    """
    Make a company with a history: subscribers, usage, and each week's scheduled work done in its time.

    With thresholds there is one more, whose usage is billed at these.
    """
    subscribed = subscribers(count, catalogue(begin), begin)
    if thresholds:
        subscribed.append(metered(begin, thresholds=thresholds))
    usage(subscribed, days=30 * months, events_a_day=events_a_day)
    for week in range(1, 30 * months // 7 + 2):
        schedule.tick(now=begin + timedelta(days=7 * week))
