"""A small company with a subscribed customer who has used, been billed, paid and prepaid, and one of its neighbours."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing_site import schedule
from billing_site.core import tasks
from credits.services import wallets
from customers.models import Customer
from customers.selectors import portal_links
from customers.services import customers
from invoicing.models import Invoice
from invoicing.services.payments import manual
from tests import companies
from tests.databases import fresh

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 2, 20, 12, tzinfo=UTC)


class Guest:
    """Somebody in a customer's portal."""

    def __init__(self, customer, clock):
        self.customer, self.clock = customer, clock
        self.client = Client(raise_request_exception=False)

    def enter(self):
        link = portal_links.address(self.customer, now=NOW)
        return self.client.get(urlsplit(link).path)

    def address(self, name, **names):
        return reverse(f"portal:{name}", kwargs={"customer_id": self.customer.lago_id, **names})

    def see(self, name, status=200, query="", **names):
        answer = self.client.get(self.address(name, **names) + query)
        assert answer.status_code == status, answer.content[:2000]
        return answer

    def do(self, name, data=None, status=302, **names):
        answer = self.client.post(self.address(name, **names), data or {})
        assert answer.status_code == status, answer.content[:2000]
        return answer


@pytest.fixture
def company(django_db_blocker_lifted):
    """Two customers with months of usage, billed; the first owes one invoice, has paid another and has a wallet."""
    with fresh(), time_machine.travel(NOW, tick=False) as clock:
        subscribed = companies.subscribers(2, companies.catalogue(BEGIN), BEGIN)
        companies.usage(subscribed, days=40)
        customer = Customer.objects.get(external_id="customer-0")
        customers.upsert(customer.external_id, now=BEGIN, email="people@example.com", city="Lyon", country="FR")
        fields = {"name": "Main", "rate_amount": Decimal(1), "granted_credits": Decimal("5.5")}
        wallets.create(customer, now=BEGIN + timedelta(days=30), currency="EUR", **fields)
        for moment in (BEGIN, BEGIN + timedelta(days=25), NOW):
            schedule.tick(now=moment)
            tasks.pump_at(moment)
        first = Invoice.objects.filter(customer=customer, total_amount_cents__gt=0).earliest("pk")
        manual.record(first, amount_cents=first.total_due_amount_cents, reference="transfer", now=NOW)
        yield clock


@pytest.fixture
def guest(company):
    """The first customer, inside."""
    found = Guest(Customer.objects.get(external_id="customer-0"), company)
    assert found.enter().status_code == 302
    return found


@pytest.fixture
def neighbour(company):
    """The other customer, outside."""
    return Guest(Customer.objects.get(external_id="customer-1"), company)
