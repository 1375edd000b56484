"""What a payment provider does not do is told, and reminders that ended in nothing are; by a fake of Stripe's."""

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from customers.models import BillingEntity
from customers.services import dunning, payment_providers
from invoicing.models import Invoice
from invoicing.services import dunning as reminders
from tests.api.document import told_faults
from tests.api.world import World
from tests.databases import KEY
from tests.fake_stripe.running import fake_stripe
from tests.webhooks.conftest import NOW
from webhooks.services import deliveries, endpoints

ADD_ON = {"name": "Setup", "code": "setup", "amount_cents": 10_000, "amount_currency": "EUR"}


@pytest.fixture
def world(company, receiver, settings, monkeypatch):
    """A company whose customer has a card that is declined, and a receiver who hears of everything."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with time_machine.travel(NOW, tick=False), fake_stripe() as fake:
        settings.STRIPE_API_BASE = fake.address
        payment_providers.connect("stripe", key="sk_test_1", now=NOW)
        endpoints.create(now=NOW, webhook_url=receiver.url)
        made = World(KEY)
        done(made, "POST", "add_ons", {"add_on": ADD_ON})
        done(made, "POST", "customers", {"customer": linked("cust", provider_customer_id="cus_declined")})
        yield made


def linked(external_id, **terms):
    terms = {"payment_provider": "stripe", "payment_provider_code": "stripe", **terms}
    return {"external_id": external_id, "currency": "EUR", "email": "a@example.com", "billing_configuration": terms}


def done(world, method, path, body=None, status=200):
    answer = world.send(method, path, body)
    assert answer.status_code == status, answer.content
    call_command("drain", stdout=None)
    return answer.json() if answer.content else {}


def sold(world):
    body = {"external_customer_id": "cust", "fees": [{"add_on_code": "setup"}]}
    return done(world, "POST", "invoices", {"invoice": body})["invoice"]["lago_id"]


def told(receiver, name):
    """Return what was told of a type, once, and as the document has it."""
    while deliveries.deliver_due(now=timezone.now()):
        pass
    [body] = [item.json for item in receiver.received if item.json["webhook_type"] == name]
    assert told_faults(body) == []
    return body[body["object_type"]]


def test_a_declined_card(world, receiver):
    invoice = sold(world)

    failure = told(receiver, "invoice.payment_failure")
    assert (failure["lago_invoice_id"], failure["provider_customer_id"]) == (invoice, "cus_declined")
    assert failure["provider_error"]["code"] == "card_declined"


def test_a_declined_card_when_invoices_were_asked_for(world, receiver):
    invoice = sold(world)
    Invoice.objects.update(payment_overdue=True)
    asked = {"external_customer_id": "cust", "lago_invoice_ids": [invoice]}
    request = done(world, "POST", "payment_requests", {"payment_request": asked})["payment_request"]

    done(world, "POST", f"invoices/{invoice}/retry_payment")

    failure = told(receiver, "payment_request.payment_failure")
    assert (failure["lago_payment_request_id"], failure["lago_invoice_ids"]) == (request["lago_id"], [invoice])
    assert told(receiver, "payment_request.payment_status_updated")["payment_status"] == "failed"


def test_credits_that_could_not_be_paid(world, receiver):
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "paid_credits": "10",
              "invoice_requires_successful_payment": True}  # fmt: skip
    made = done(world, "POST", "wallets", {"wallet": wallet})["wallet"]
    [entry] = done(world, "GET", f"wallets/{made['lago_id']}/wallet_transactions")["wallet_transactions"]

    assert told(receiver, "wallet_transaction.payment_failure")["lago_wallet_transaction_id"] == entry["lago_id"]
    assert "invoice.payment_failure" not in {item.json["webhook_type"] for item in receiver.received}


def test_a_page_to_store_a_card(world, receiver):
    page = done(world, "POST", "customers/cust/checkout_url")["customer"]

    assert told(receiver, "customer.checkout_url_generated")["checkout_url"] == page["checkout_url"]


def test_a_customer_whom_the_provider_does_not_take(world, receiver):
    done(world, "POST", "customers", {"customer": linked("other") | {"name": "Refused Ltd"}})

    done(world, "POST", "customers/other/checkout_url", status=422)

    failure = told(receiver, "customer.payment_provider_error")
    assert (failure["external_customer_id"], failure["payment_provider_code"]) == ("other", "stripe")
    assert failure["provider_error"]["message"]


def test_reminders_that_ended_without_being_paid(world, receiver):
    campaign = dunning.create("friendly", thresholds={"EUR": 5_000}, days_between_attempts=1, max_attempts=1, now=NOW)
    dunning.apply_to_entity(BillingEntity.objects.get(), campaign, now=NOW)
    sold(world)
    Invoice.objects.update(payment_overdue=True)

    reminders.remind_due(now=NOW)
    call_command("drain", stdout=None)

    finished = told(receiver, "dunning_campaign.finished")
    assert (finished["external_customer_id"], finished["dunning_campaign_code"]) == ("cust", "friendly")
    assert finished["overdue_balances"] == [{"amount_cents": 10_000, "currency": "EUR"}]
