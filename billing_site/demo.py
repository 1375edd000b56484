"""
A believable company with months of true history: made and billed through the services, as if the months had passed.

Brightwave sells an API platform: calls, storage, seats, messages and a support add-on, to customers in many countries.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from billing_site import schedule
from billing_site.core import tasks
from credits.models import DealRedemption
from credits.services import applied_coupons, coupons, deals, redemptions
from customers.models import Customer
from customers.services import customers, organizations, taxes
from metering.models import BillableMetric
from metering.services import billable_metrics
from metering.services.ingestion import NewEvent, ingest
from plans.models import Plan
from plans.services import plans, subscriptions

SEED = 20
MONTHS = 6
EVENTS_A_CUSTOMER = 6_000
MAILED = timedelta(days=7)


@dataclass(frozen=True)
class Place:
    country: str
    city: str
    currency: str
    timezone: str
    tax: str
    tax_id: str


PLACES = (
    Place("DE", "Berlin", "EUR", "Europe/Berlin", "vat_de", "DE{:09d}"),
    Place("FR", "Lyon", "EUR", "Europe/Paris", "vat_reverse", "FR{:011d}"),
    Place("US", "New York", "USD", "America/New_York", "", ""),
    Place("US", "San Francisco", "USD", "America/Los_Angeles", "", ""),
    Place("GB", "Manchester", "GBP", "Europe/London", "vat_reverse", "GB{:09d}"),
    Place("JP", "大阪市", "JPY", "Asia/Tokyo", "", ""),
    Place("BR", "São Paulo", "USD", "America/Sao_Paulo", "", ""),
    Place("GR", "Αθήνα", "EUR", "Europe/Athens", "vat_reverse", "EL{:09d}"),
    Place("IN", "Bengaluru", "USD", "Asia/Kolkata", "", ""),
    Place("PL", "Łódź", "EUR", "Europe/Warsaw", "vat_reverse", "PL{:010d}"),
)
NAMES = (
    "Alderwood Analytics", "Blue Heron Logistics", "Castellan Security", "Dovetail Robotics", "Ember & Oak",
    "Fennimore Health", "Gallant Freight", "Halcyon Games", "Ironbridge Capital", "Juniper Travel",
    "Kestrel Mobility", "Lumen Studio", "Marigold Foods", "Northgate Energy", "Opaline Retail", "Pinnacle Press",
    "Quarry Labs", "Rosewater Media", "Saltmarsh Studios", "Tamarind Pay", "Umbra Lighting", "Verdant Farms",
    "Windmill Software", "Xylo Sound", "Yarrow Insurance", "Zephyr Weather", "Archway Legal", "Brambleside Toys",
    "Copperfield Books", "Driftwood Hotels", "Eastlight Optics", "Foxglove Pharma", "Greywacke Stone",
    "Hollowell Bikes", "Inkwell Education", "Jetty Marine", "Kiln Ceramics", "Larkspur Events", "Mosaic Maps",
    "Nimbus Drones",
)  # fmt: skip
TIERS = {
    "graduated_ranges": [
        {"from_value": 0, "to_value": 1000, "per_unit_amount": "0", "flat_amount": "0"},
        {"from_value": 1001, "to_value": 3000, "per_unit_amount": "0.02", "flat_amount": "0"},
        {"from_value": 3001, "to_value": None, "per_unit_amount": "0.015", "flat_amount": "5"},
    ]
}
# Prices in the plan's own currency: yen have no cents and are a hundred times as many.
CURRENCIES = {"EUR": 1, "USD": 1, "GBP": 1, "JPY": 150}


def build(*, now: datetime, months: int = MONTHS, customers_count: int = 40, events: int = EVENTS_A_CUSTOMER) -> None:
    """Make the company, its catalogue, its customers and their usage, and bill all of it up to now."""
    dice = random.Random(SEED)
    begin = (now - timedelta(days=30 * months)).replace(hour=9, minute=0, second=0, microsecond=0)
    _company(begin)
    metrics = _metrics(begin)
    catalogue = {currency: _plans(currency, metrics, begin) for currency in CURRENCIES}
    people = [_customer(number, dice, begin) for number in range(customers_count)]
    for number, customer in enumerate(people):
        _subscribe(customer, number, catalogue[customer.currency], dice, begin, now)
    for number, customer in enumerate(people):
        stream = _events(customer, dice, begin, now, events)
        while batch := list(islice(stream, 1000)):
            ingest(batch, now=now)
        if number % 5 == 0:
            _discount(customer, begin, number)
    _deal(people[7:10:2], begin)
    mailed_from = now - MAILED
    _let_days_pass(begin, mailed_from)
    for customer in people:  # their mail addresses come late, so that only what is new is mailed
        customers.upsert(customer.external_id, now=mailed_from, email=f"billing@{customer.external_id}.example")
    _let_days_pass(mailed_from, now)


def _company(now: datetime) -> None:
    organizations.found(
        name="Brightwave",
        now=now,
        currency="EUR",
        timezone="Europe/Berlin",
        legal_name="Brightwave GmbH",
        legal_number="HRB 123456 B",
        tax_identification_number="DE123456788",
        email="billing@brightwave.example",
        address_line1="Torstraße 140",
        zipcode="10119",
        city="Berlin",
        country="DE",
        net_payment_term=14,
        payment_instructions="Bank transfer to Brightwave GmbH\nIBAN DE02 1203 0000 0000 2020 51\nBIC BYLADEM1001",
        invoice_footer="Brightwave GmbH · Managing director: A. Example · Amtsgericht Charlottenburg",
    )
    taxes.create(now=now, code="vat_de", name="VAT Germany", rate=Decimal(19), description="German standard rate")
    taxes.create(
        now=now,
        code="vat_reverse",
        name="Reverse charge",
        rate=Decimal(0),
        description="VAT is owed by the customer (Art. 196)",
    )


def _metrics(now: datetime) -> dict[str, BillableMetric]:
    kinds = (
        ("api_calls", "API calls", "count_agg", ""),
        ("messages", "Messages sent", "sum_agg", "count"),
        ("storage", "Storage (GB)", "max_agg", "gigabytes"),
        ("seats", "Seats", "unique_count_agg", "user_id"),
    )
    return {
        code: billable_metrics.create(now=now, code=code, name=name, aggregation_type=kind, field_name=field)
        for code, name, kind, field in kinds
    }


def _plans(currency: str, metrics: dict[str, BillableMetric], now: datetime) -> dict[str, Plan]:
    factor = CURRENCIES[currency]
    cents = 1 if currency == "JPY" else 100

    def charge(code: str, model: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {"billable_metric_id": metrics[code].lago_id, "charge_model": model, "properties": properties}

    usage = [
        charge("api_calls", "graduated", TIERS),
        charge("messages", "package", {"amount": str(2 * factor), "package_size": 100, "free_units": 100}),
        charge("storage", "standard", {"amount": str(factor)}),
        charge("seats", "standard", {"amount": str(8 * factor)}),
    ]
    kinds = (
        ("starter", "Starter", "monthly", 29, False, 14),
        ("growth", "Growth", "monthly", 199, True, 0),
        ("scale", "Scale", "quarterly", 1490, True, 0),
        ("support", "Premium support", "monthly", 99, True, 0),
    )
    return {
        code: plans.create(
            now=now,
            code=f"{code}_{currency.lower()}",
            name=name,
            interval=interval,
            amount_cents=price * factor * cents,
            amount_currency=currency,
            pay_in_advance=in_advance,
            trial_period=trial,
            charges=[] if code == "support" else usage,
        )
        for code, name, interval, price, in_advance, trial in kinds
    }


def _customer(number: int, dice: random.Random, now: datetime) -> Customer:
    place, name = PLACES[number % len(PLACES)], NAMES[number]
    return customers.upsert(
        name.lower().replace(" & ", "-").replace(" ", "-"),
        now=now,
        name=name,
        legal_name=f"{name} Ltd",
        country=place.country,
        city=place.city,
        address_line1=f"{dice.randint(1, 200)} High Street",
        zipcode=str(dice.randint(10_000, 99_999)),
        currency=place.currency,
        timezone=place.timezone,
        tax_identification_number=place.tax_id.format(dice.randint(10**8, 10**9 - 1)) if place.tax_id else "",
        tax_codes=[place.tax] if place.tax else [],
        invoice_grace_period=3 if number % 9 == 4 else None,
        net_payment_term=30 if number % 3 == 0 else None,
    )


def _subscribe(
    customer: Customer, number: int, catalogue: dict[str, Plan], dice: random.Random, begin: datetime, now: datetime
) -> None:
    plan = catalogue[("starter", "growth", "scale")[number % 3]]
    starts = begin + timedelta(days=dice.randint(0, 60), hours=dice.randint(0, 12))
    if number % 8 == 3:
        plan, starts = catalogue["starter"], now - timedelta(days=10 + number % 4)  # trials that end this week
    if number % 13 == 12:
        starts = now + timedelta(days=9)
    billing_time = "anniversary" if number % 2 else "calendar"
    made_at = min(starts, now)
    first = subscriptions.create(
        customer, plan, external_id=customer.external_id, now=made_at, subscription_at=starts, billing_time=billing_time
    )
    if number % 6 == 1:
        subscriptions.create(
            customer, catalogue["support"], external_id=f"{customer.external_id}-support", now=made_at, name="Support"
        )
    if number % 11 == 10 and first.status == "active":
        subscriptions.update(first, now=made_at, ending_at=now - timedelta(days=20))


def _events(customer: Customer, dice: random.Random, begin: datetime, now: datetime, count: int) -> Iterator[NewEvent]:
    """Yield a customer's usage: calls most of the time, growing over the months, with messages, storage and seats."""
    seconds = (now - begin).total_seconds()
    weight = dice.choice((0.3, 0.6, 1, 1.5, 2))
    for number in range(int(count * weight)):
        moment = begin + timedelta(seconds=int(seconds * dice.random() ** 0.7))
        code, properties = _what(dice, number, weight)
        yield NewEvent(f"{customer.external_id}-{number}", customer.external_id, code, moment, json.dumps(properties))


def _what(dice: random.Random, number: int, weight: float) -> tuple[str, dict[str, Any]]:
    luck = dice.random()
    if luck < 0.9:
        return "api_calls", {"region": dice.choice(("eu", "us", "asia")), "path": dice.choice(("/search", "/rank"))}
    if luck < 0.96:
        return "messages", {"count": dice.randint(1, 40)}
    if luck < 0.98:
        return "storage", {"gigabytes": dice.randint(5, int(100 * weight) + 6)}
    return "seats", {"user_id": f"user-{number % int(4 + 10 * weight)}"}


def _discount(customer: Customer, now: datetime, number: int) -> None:
    coupon = coupons.create(
        now=now,
        code=f"welcome-{number}",
        name="Start-up programme" if number % 2 else "Welcome discount",
        coupon_type="percentage",
        percentage_rate=Decimal(20),
        frequency="recurring",
        frequency_duration=3,
        expiration="no_expiration",
    )
    applied_coupons.give(customer, coupon, now=now, reason="Start-up programme")


def _deal(people: Sequence[Customer], now: datetime) -> None:
    """Make a deal for start-ups, which some redeem by its code."""
    half = {"coupon_type": "percentage", "percentage_rate": Decimal(50), "frequency": "recurring"}
    deals.create(
        now=now,
        code="start-up-batch",
        name="Start-up batch",
        redemption_codes=["STARTUP"],
        max_redemptions=100,
        discount=half | {"frequency_duration": 6},
        granted_credits=Decimal(250),
        currency="EUR",
        credits_days=365,
    )
    for customer in people:
        redemptions.redeem(customer, code="startup", source=DealRedemption.Source.PORTAL, now=now)


def _let_days_pass(begin: datetime, end: datetime) -> None:
    """Do each day's scheduled work on its day, with all that follows from it."""
    days = (end - begin) // timedelta(days=1)
    for moment in (*(begin + timedelta(days=day) for day in range(days)), end):
        schedule.tick(now=moment)
        tasks.pump_at(moment)
