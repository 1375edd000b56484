"""A company with many subscribers, written in bulk: what a billing run has before it on the first of a month."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

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


def build(count: int, *, events_each: int) -> None:
    """Make the company: a plan in arrears with two usage charges, a tax on all, a coupon for one in ten."""
    organizations.found(name="Many", now=BEGIN)
    taxes.create(now=BEGIN, code="vat", name="VAT", rate=Decimal(20))
    entity = billing_entities.update(BillingEntity.objects.get(), now=BEGIN, tax_codes=["vat"])
    plan = _plan()
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
    _send(count, events_each)


def _plan():
    calls = billable_metrics.create(now=BEGIN, code="calls", name="Calls", aggregation_type="count_agg")
    data = billable_metrics.create(now=BEGIN, code="data", name="Data", aggregation_type="sum_agg", field_name="gb")
    charges = [
        {"billable_metric_id": calls.lago_id, "charge_model": "graduated", "properties": {"graduated_ranges": TIERS}},
        {"billable_metric_id": data.lago_id, "charge_model": "standard", "properties": {"amount": "0.0125"}},
    ]
    return plans.create(
        now=BEGIN, code="plan", name="Plan", interval="monthly", amount_cents=4_900, amount_currency="EUR",
        charges=charges,
    )  # fmt: skip


def _subscription(customer: Customer, plan) -> Subscription:
    return Subscription(
        lago_id=uuid.uuid4(), external_id=customer.external_id, customer=customer, plan=plan, status="active",
        subscription_at=BEGIN, started_at=BEGIN, activated_at=BEGIN, billable_from=BEGIN, billing_at=FIRST_BILLING,
        created_at=BEGIN, updated_at=BEGIN,
    )  # fmt: skip


def _send(count: int, events_each: int) -> None:
    """Spread each subscription's events over the month, half of them of either metric."""
    step = timedelta(days=31) / events_each
    for first in range(1, count + 1, max(1, 1000 // events_each)):
        batch = [
            NewEvent(
                f"{number}-{event}",
                f"customer-{number}",
                "data" if event % 2 else "calls",
                BEGIN + event * step,
                json.dumps({"gb": f"{event}.{number % 100}"}),
            )
            for number in range(first, min(first + max(1, 1000 // events_each), count + 1))
            for event in range(events_each)
        ]
        ingest(batch, now=BEGIN)
