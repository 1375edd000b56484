"""A company with many subscribers, written in bulk: what a billing run has before it on the first of a month."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing_site.core import bulk
from credits.models import AppliedCoupon
from credits.services import coupons
from customers.models import BillingEntity, Customer
from customers.services import billing_entities, organizations, taxes
from metering.services import billable_metrics
from metering.services.ingestion import NewEvent, ingest
from plans.models import Subscription
from plans.services import plans

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
FIRST_BILLING = datetime(2024, 2, 1, tzinfo=UTC)
TIERS = [
    {"from_value": 0, "to_value": 10, "per_unit_amount": "0.5", "flat_amount": "1"},
    {"from_value": 11, "to_value": None, "per_unit_amount": "0.25", "flat_amount": "0"},
]


@dataclass(frozen=True)
class Shape:
    """What each subscription has: the charges of its plan; by customer and number, an event's code and properties."""

    name: str
    charges: Callable[[], list[dict[str, Any]]]
    event: Callable[[int, int], tuple[str, dict[str, str]]]


def build(count: int, *, events_each: int, shape: Shape) -> None:
    """Make the company: a plan in arrears with usage charges, a tax on all, a coupon for one in ten."""
    organizations.found(name="Many", now=BEGIN)
    taxes.create(now=BEGIN, code="vat", name="VAT", rate=Decimal(20))
    entity = billing_entities.update(BillingEntity.objects.get(), now=BEGIN, tax_codes=["vat"])
    plan = plans.create(
        now=BEGIN, code="plan", name="Plan", interval="monthly", amount_cents=4_900, amount_currency="EUR",
        charges=shape.charges(),
    )  # fmt: skip
    coupon = coupons.create(
        now=BEGIN, code="tenth", name="Tenth", coupon_type="percentage", percentage_rate=Decimal(10),
        frequency="forever", expiration="no_expiration",
    )  # fmt: skip
    stamps = {"created_at": BEGIN, "updated_at": BEGIN}
    customers = [
        Customer(
            external_id=f"customer-{number}", name=f"Customer {number}", billing_entity=entity, sequential_id=number,
            slug=f"M-{number}", currency="EUR", city="Lyon", country="FR", email=f"{number}@example.com", **stamps,
        )
        for number in range(1, count + 1)
    ]  # fmt: skip
    bulk.copy_models(Customer, customers)
    bulk.copy_models(Subscription, [_subscription(customer, plan) for customer in customers])
    given = [
        AppliedCoupon(
            coupon=coupon, customer=customer, percentage_rate=coupon.percentage_rate, frequency="forever", **stamps
        )
        for customer in customers[::10]
    ]
    bulk.copy_models(AppliedCoupon, given)
    _send(count, events_each, shape)


def _two_charges() -> list[dict[str, Any]]:
    calls = billable_metrics.create(now=BEGIN, code="calls", name="Calls", aggregation_type="count_agg")
    data = billable_metrics.create(now=BEGIN, code="data", name="Data", aggregation_type="sum_agg", field_name="gb")
    return [
        {"billable_metric_id": calls.lago_id, "charge_model": "graduated", "properties": {"graduated_ranges": TIERS}},
        {"billable_metric_id": data.lago_id, "charge_model": "standard", "properties": {"amount": "0.0125"}},
    ]


def _two_kinds(customer: int, event: int) -> tuple[str, dict[str, str]]:
    return "data" if event % 2 else "calls", {"gb": f"{event}.{customer % 100}"}


def _five_charges() -> list[dict[str, Any]]:
    """Return three charges with another price in Europe, and two whose usage is split by team: two fees of each."""
    by_region = [
        _charge("calls", "count_agg", "graduated", {"graduated_ranges": TIERS}),
        _charge("data", "sum_agg", "standard", {"amount": "0.0125"}),
        _charge("seats", "max_agg", "package", {"amount": "2", "free_units": 1, "package_size": 5}),
    ]
    for charge in by_region:
        cheaper = {"invoice_display_name": "Europe", "values": {"region": ["eu"]}, "properties": charge["properties"]}
        charge["filters"] = [cheaper]
    teams = {"pricing_group_keys": ["team"]}
    by_team = [
        _charge("hours", "sum_agg", "standard", {"amount": "0.25", **teams}),
        _charge("jobs", "count_agg", "volume", {"volume_ranges": TIERS, **teams}),
    ]
    return by_region + by_team


def _charge(code: str, aggregation: str, model: str, properties: dict[str, Any]) -> dict[str, Any]:
    metric = billable_metrics.create(
        now=BEGIN, code=code, name=code.title(), aggregation_type=aggregation,
        field_name="" if aggregation == "count_agg" else "gb", filters=[{"key": "region", "values": ["eu", "us"]}],
    )  # fmt: skip
    return {"billable_metric_id": metric.lago_id, "charge_model": model, "properties": properties}


def _five_kinds(customer: int, event: int) -> tuple[str, dict[str, str]]:
    half = event // 5 % 2
    properties = {"gb": f"{event}.{customer % 100}", "region": ("eu", "us")[half], "team": ("red", "blue")[half]}
    return ("calls", "data", "seats", "hours", "jobs")[event % 5], properties


TWO_CHARGES = Shape("2 charges", _two_charges, _two_kinds)
FIVE_CHARGES = Shape("5 charges with filters and groups", _five_charges, _five_kinds)


def _subscription(customer: Customer, plan) -> Subscription:
    return Subscription(
        lago_id=uuid.uuid4(), external_id=customer.external_id, customer=customer, plan=plan, status="active",
        subscription_at=BEGIN, started_at=BEGIN, activated_at=BEGIN, billable_from=BEGIN, billing_at=FIRST_BILLING,
        created_at=BEGIN, updated_at=BEGIN,
    )  # fmt: skip


def _send(count: int, events_each: int, shape: Shape) -> None:
    """Spread each subscription's events over the month."""
    step = timedelta(days=31) / events_each
    for first in range(1, count + 1, max(1, 1000 // events_each)):
        batch = [
            _event(number, event, shape, BEGIN + event * step)
            for number in range(first, min(first + max(1, 1000 // events_each), count + 1))
            for event in range(events_each)
        ]
        ingest(batch, now=BEGIN)


def _event(customer: int, event: int, shape: Shape, at: datetime) -> NewEvent:
    code, properties = shape.event(customer, event)
    return NewEvent(f"{customer}-{event}", f"customer-{customer}", code, at, json.dumps(properties))
