"""Reminders by campaigns: from a balance on, by currency, some days apart, a few times, anew after paying."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from billing_site.core.models import Activity, Email
from customers.models import BillingEntity, Customer
from customers.services import dunning
from invoicing.models import PaymentRequest


@pytest.fixture
def company(world):
    """Two attempts two days apart, from 150.00 EUR or 100.00 USD on; invoices are due after two days."""
    world.travel_to("2025-01-01T10:00:00Z")
    campaign = dunning.create(
        "friendly", thresholds={"EUR": 15_000, "USD": 10_000}, days_between_attempts=2, max_attempts=2,
        bcc_emails=["books@example.com"], now=timezone.now(),
    )  # fmt: skip
    dunning.apply_to_entity(BillingEntity.objects.get(), campaign, now=timezone.now())
    for code in ("EUR", "USD"):
        add_on = {"name": "Extra", "code": code.lower(), "amount_cents": 100, "amount_currency": code}
        world.post("/add_ons", {"add_on": add_on})
    customer = {"external_id": "cust", "email": "ada@example.com", "net_payment_term": 2}
    world.post("/customers", {"customer": customer})


def sell(world, cents, currency="EUR"):
    Customer.objects.update(currency=currency)  # an add-on is sold in the customer's currency, which has moved
    fees = [{"add_on_code": currency.lower(), "unit_amount_cents": cents}]
    body = {"external_customer_id": "cust", "currency": currency, "fees": fees}
    return world.post("/invoices", {"invoice": body})["invoice"]


def asked(world, moment):
    """Return what has been asked for by then, in all."""
    world.travel_to(moment)
    world.run_clock()
    return list(PaymentRequest.objects.order_by("pk").values_list("amount_cents", flat=True))


def test_a_balance_over_the_threshold_is_asked_for_twice(world, company):
    sell(world, 14_900)
    assert asked(world, "2025-01-04T13:00:00Z") == []
    sell(world, 600)
    assert asked(world, "2025-01-07T10:00:00Z") == [15_500]
    assert asked(world, "2025-01-09T10:00:00Z") == [15_500]  # two days are not more than two days
    assert asked(world, "2025-01-10T10:00:00Z") == [15_500, 15_500]
    assert asked(world, "2025-01-13T10:00:00Z") == [15_500, 15_500]
    mails = Email.objects.filter(subject_type="invoicing.paymentrequest")
    assert [mail.blind_copies for mail in mails] == [["books@example.com"]] * 2
    assert Activity.objects.filter(type="dunning_campaign.finished").count() == 1


def test_each_currency_is_counted_by_itself_and_paying_begins_anew(world, company):
    first = sell(world, 12_000, "USD")
    sell(world, 14_900)
    assert asked(world, "2025-01-04T10:00:00Z") == [12_000]
    sell(world, 1_000)
    assert asked(world, "2025-01-07T10:00:00Z") == [12_000, 15_900, 12_000]
    world.pay(first)
    call_command("drain")
    second = sell(world, 11_000, "USD")
    assert asked(world, "2025-01-10T10:00:00Z")[3:] == [15_900, 11_000]
    assert second["currency"] == "USD"
    call_command("audit_books")


def test_who_is_excluded_is_not_asked(world, company):
    customer = Customer.objects.get()
    dunning.apply_to_customer(customer, None, is_excluded=True, now=timezone.now())
    sell(world, 20_000)

    assert asked(world, "2025-01-10T10:00:00Z") == []
