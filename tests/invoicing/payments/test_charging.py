"""Charging at a provider that fails in every way: whatever happens, nobody is charged twice, and all is resolved."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Min

from billing_site import books
from invoicing.models import Invoice, Payment
from invoicing.services.payments import collecting
from tests.databases import fresh
from tests.fake_stripe.running import fake_stripe
from tests.invoicing.payments import world
from tests.invoicing.payments.world import BEGIN

FAULTY, TROUBLE_ENDS = 0.4, BEGIN + timedelta(hours=1)
METHODS = {0: "pm_declined", 1: "pm_authentication"}
WAITING = ("requires_action", "processing")


@pytest.fixture
def stripe_at(settings, monkeypatch):
    """Return a function that points the gateway to a fake."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def point(fake):
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT = fake.address, 0.4

    return point


def collect(fake):
    """Let the worker work for a simulated time in which the provider is first in trouble and then well."""
    now = BEGIN
    while True:
        fake.get(f"/_clock?now={int(now.timestamp())}")
        if now >= TROUBLE_ENDS:
            fake.get("/_share?share=0")
        collecting.send_due(now=now)
        open_ones = Payment.objects.filter(state__in=Payment.LIVE).exclude(state__in=WAITING)
        following = open_ones.aggregate(at=Min("next_attempt_at"))["at"]
        if following is None:
            return now
        assert following < BEGIN + timedelta(days=2), "a payment was never resolved"
        now = max(following, now + timedelta(seconds=1))


def charged(fake):
    """Return by the fake's own book how often each invoice was charged."""
    return Counter(charge["metadata"]["invoice_id"] for charge in fake.get("/_book")["charges"])


@pytest.mark.usefixtures("django_db_blocker_lifted")
def test_300_invoices_in_trouble_are_charged_once_each_and_all_is_resolved(stripe_at):
    with fresh(), fake_stripe(seed=7, share=FAULTY) as fake:
        stripe_at(fake)
        world.invoices(300, lambda number: METHODS.get(number % 10, "pm_card"))
        world.start_all()

        ended = collect(fake)

        times, book = charged(fake), fake.get("/_book")
        assert set(times.values()) == {1}
        assert Counter(Payment.objects.values_list("state", flat=True)) == {
            "succeeded": 240, "failed": 30, "requires_action": 30,
        }  # fmt: skip
        paid = Invoice.objects.filter(total_paid_amount_cents__gt=0)
        assert {str(invoice.lago_id) for invoice in paid} == set(times)
        assert sum(charge["amount"] for charge in book["charges"]) == sum(row.total_paid_amount_cents for row in paid)
        assert book["calls"] > 300 * 1.2  # the trouble was real
        assert books.audit_books(now=ended) == []


@pytest.mark.usefixtures("django_db_blocker_lifted")
def test_without_its_key_a_payment_would_be_charged_twice_and_this_test_would_see_it(stripe_at, monkeypatch):
    monkeypatch.setattr(Payment, "idempotency_key", property(lambda payment: uuid.uuid4().hex))
    with fresh(), fake_stripe(seed=7, share=FAULTY) as fake:
        stripe_at(fake)
        world.invoices(60)
        world.start_all()

        collect(fake)

        assert max(charged(fake).values()) > 1


@pytest.mark.usefixtures("django_db_blocker_lifted")
def test_a_key_that_the_provider_has_forgotten_is_not_sent_again(stripe_at):
    with fresh(), fake_stripe(seed=1, share=1.0) as fake:
        stripe_at(fake)
        world.invoices(12)
        world.start_all()
        collecting.send_due(now=BEGIN)
        taken = charged(fake)
        later = BEGIN + timedelta(hours=25)  # whoever was told to come back has not; the keys are forgotten by now
        fake.get(f"/_clock?now={int(later.timestamp())}")
        fake.get("/_share?share=0")

        collecting.send_due(now=later)

        assert charged(fake) == taken
        assert Counter(Payment.objects.values_list("state", flat=True))["succeeded"] == len(taken)
        assert not Payment.objects.filter(state__in=Payment.LIVE).exists()
