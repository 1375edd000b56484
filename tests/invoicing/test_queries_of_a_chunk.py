"""How many queries a chunk takes does not depend on how many customers it has, whatever they have."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits.models import Wallet
from credits.services import wallets
from customers.models import Customer
from invoicing.models import FeeTax, Invoice, InvoiceCredit
from invoicing.services import billing, ongoing_balances
from tests import companies
from tests.databases import fresh

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
MONTHS = [datetime(2024, month, 2, tzinfo=UTC) for month in (2, 3)]


@pytest.fixture
def customers(django_db_blocker_lifted):
    """Thirty-five with two plans, three time zones, taxes, coupons of both kinds, days of grace, and usage."""
    with fresh():
        companies.usage(companies.subscribers(35, companies.catalogue(BEGIN), BEGIN), days=40)
        billing.bill_due(now=BEGIN + timedelta(hours=1))
        yield list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def give_wallets(customers):
    """Give each two wallets: one for usage alone that does not last, and one that does."""
    for customer in Customer.objects.filter(pk__in=customers):
        for granted, limits in (("3", {"fee_types": ["charge"]}), ("20", {})):
            wallets.create(
                customer,
                now=BEGIN,
                currency="EUR",
                rate_amount=Decimal(1),
                granted_credits=Decimal(granted),
                applies_to=limits,
            )


def test_wallets_of_five_times_the_customers_pay_and_expect_with_the_same_queries(customers):
    few, many = customers[:7], customers[7:]
    counts = []
    for chunk in (few, many):
        give_wallets(chunk)
        with CaptureQueriesContext(connection) as expecting:
            ongoing_balances.refresh(now=MONTHS[0])
        with CaptureQueriesContext(connection) as paying:
            billing.bill_customers(chunk, now=MONTHS[0])
        counts += [Counter(query["sql"].split()[0] for query in queries) for queries in (expecting, paying)]

    assert counts[:2] == counts[2:]
    assert Wallet.objects.filter(consumed_amount_cents__gt=0, allowed_fee_types=[]).exists()
    assert Wallet.objects.filter(consumed_amount_cents__gt=0, allowed_fee_types=["charge"]).exists()


def test_five_times_the_customers_take_the_same_queries(customers):
    few, many = customers[:7], customers[7:]  # of every seven, each has something of all
    for now in MONTHS:
        counts = []
        for chunk in (few, many):
            with CaptureQueriesContext(connection) as queries:
                assert billing.bill_customers(chunk, now=now) == (len(chunk), len(chunk))
            counts.append(Counter(query["sql"].split()[0] for query in queries))

        assert counts[0] == counts[1]

    statuses = Counter(Invoice.objects.values_list("status", flat=True))
    assert statuses["draft"]
    assert statuses["finalized"]
    assert FeeTax.objects.exists()
    assert InvoiceCredit.objects.filter(applied_coupon__percentage_rate=None).exists()
    assert InvoiceCredit.objects.exclude(applied_coupon__percentage_rate=None).exists()
