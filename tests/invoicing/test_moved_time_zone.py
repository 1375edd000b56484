"""A customer who moves to another time zone pays for every hour of usage, once."""

from datetime import UTC, datetime

import pytest
from django.db.models import Sum

from billing_site import books
from customers.services import customers
from invoicing.models import Fee
from invoicing.services import billing
from tests import companies
from tests.databases import fresh

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize("zones", [("Asia/Tokyo", "America/Los_Angeles"), ("America/Los_Angeles", "Asia/Tokyo")])
def test_usage_around_the_move_is_billed_once(django_db_blocker_lifted, zones):
    with fresh():
        subscribed = companies.subscribers(1, companies.catalogue(BEGIN)[1:], BEGIN)
        customers.upsert("customer-0", now=BEGIN, timezone=zones[0])
        billing.bill_due(now=BEGIN)
        companies.usage(subscribed, days=40, events_a_day=24)
        billing.bill_due(now=datetime(2024, 2, 5, tzinfo=UTC))
        customers.upsert("customer-0", now=datetime(2024, 2, 6, tzinfo=UTC), timezone=zones[1])
        billing.bill_due(now=datetime(2024, 3, 5, tzinfo=UTC))

        charged = Fee.objects.filter(fee_type="charge").aggregate(events=Sum("events_count"))["events"]
        broken = books.audit_books(now=datetime(2024, 3, 5, tzinfo=UTC))

    assert charged == 40 * 24
    assert [finding.invariant.name for finding in broken] == []
