"""What is charged: the method that a subscription, wallet, invoice or retry names, else the customer's default."""

import uuid

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers.models import Customer, PaymentProvider
from customers.services import payment_methods, payment_providers
from invoicing.models import Invoice, Payment
from tests.fake_stripe.running import fake_stripe

BY_HAND = {"payment_method_type": "manual"}


@pytest.fixture
def cards(world, settings, monkeypatch):
    """Two stored cards of a customer by their ids, the first of which is the default; a plan, a wallet, an add-on."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fake_stripe() as fake:
        settings.STRIPE_API_BASE = fake.address
        payment_providers.connect("stripe", key="sk_test_1", now=timezone.now())
        terms = {"payment_provider": "stripe", "payment_provider_code": "stripe", "provider_customer_id": "cus_card"}
        world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR",
                                               "billing_configuration": terms}})  # fmt: skip
        call_command("drain")
        found = [{"id": "pm_card", "type": "card"}, {"id": "pm_other", "type": "card"}]
        payment_methods.follow(Customer.objects.get(), PaymentProvider.objects.get(), found, now=timezone.now())
        plan = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 1000, "amount_currency": "EUR",
                "pay_in_advance": True}  # fmt: skip
        world.post("/plans", {"plan": plan})
        world.post("/add_ons", {"add_on": {"name": "S", "code": "s", "amount_cents": 500, "amount_currency": "EUR"}})
        stored = world.get("/customers/cust/payment_methods")["payment_methods"]
        yield {method["provider_method_id"]: method["lago_id"] for method in stored}


def by(cards, name):
    return {"payment_method_type": "provider", "payment_method_id": cards[name]}


def charged():
    call_command("drain")
    return [payment.provider_method_id for payment in Payment.objects.order_by("pk")]


def subscribe(world, **more):
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan", **more}
    return world.post("/subscriptions", {"subscription": body})["subscription"]


def sell(world, status=200, **more):
    body = {"external_customer_id": "cust", "fees": [{"add_on_code": "s"}], **more}
    return world.post("/invoices", {"invoice": body}, status=status)


def test_a_subscription_names_its_card_shows_it_and_changes_it(world, cards):
    shown = subscribe(world, payment_method=by(cards, "pm_other"))
    assert shown["payment_method"] == by(cards, "pm_other")
    assert charged() == ["pm_other"]

    world.put("/subscriptions/sub", {"subscription": {"payment_method": by(cards, "pm_card")}})
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()

    assert charged() == ["pm_other", "pm_card"]


def test_what_is_paid_by_hand_is_never_charged(world, cards):
    subscribe(world, payment_method=BY_HAND)
    sell(world, payment_method=BY_HAND)
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "paid_credits": "15",
              "payment_method": BY_HAND}  # fmt: skip
    world.post("/wallets", {"wallet": wallet})

    assert charged() == []
    assert Invoice.objects.filter(payment_status="pending").count() == 3


def test_subscriptions_with_different_methods_are_on_invoices_of_their_own(world, cards):
    world.travel_to("2024-03-31T10:00:00Z")
    for name, method in (("one", "pm_card"), ("two", "pm_card"), ("three", "pm_other")):
        body = {"external_customer_id": "cust", "external_id": name, "plan_code": "plan",
                "payment_method": by(cards, method)}  # fmt: skip
        world.post("/subscriptions", {"subscription": body})
    before = len(charged())
    world.travel_to("2024-04-01T01:00:00Z")
    world.run_clock()

    assert sorted(charged()[before:]) == ["pm_card", "pm_other"]


def test_a_wallet_or_what_is_bought_names_its_card(world, cards):
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "paid_credits": "15",
              "payment_method": by(cards, "pm_other")}  # fmt: skip
    made = world.post("/wallets", {"wallet": wallet})["wallet"]
    bought = {"wallet_id": made["lago_id"], "paid_credits": "5", "payment_method": by(cards, "pm_card")}
    world.post("/wallet_transactions", {"wallet_transaction": bought})

    assert charged() == ["pm_other", "pm_card"]


def test_without_a_name_or_once_it_is_gone_the_default_is_charged_and_a_retry_may_name_another(world, cards):
    Customer.objects.update(provider_customer_id="")
    invoice = sell(world, payment_method=by(cards, "pm_other"))["invoice"]
    assert charged() == []
    Customer.objects.update(provider_customer_id="cus_card")
    world.delete(f"/customers/cust/payment_methods/{cards['pm_other']}")
    path = f"/invoices/{invoice['lago_id']}/retry_payment"

    gone = world.client.post(f"/api/v1{path}", {"payment_method": by(cards, "pm_other")}, "application/json")
    assert (gone.status_code, gone.json()["error_details"]) == (422, {"payment_method": ["invalid_payment_method"]})
    assert world.client.post(f"/api/v1{path}", {}, "application/json").status_code == 200

    assert charged() == ["pm_card"]


@pytest.mark.parametrize(
    "reference",
    [
        {"payment_method_id": str(uuid.uuid4())},
        {"payment_method_id": "none"},
        {"payment_method_id": "\u2603" * 300},
        {"payment_method_type": "manual", "payment_method_id": "CARD"},
    ],
)
def test_a_method_that_is_not_stored_is_refused_everywhere_and_nothing_is_made(world, cards, reference):
    reference = {name: value.replace("CARD", cards["pm_card"]) for name, value in reference.items()}
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR"}
    subscription = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan"}
    rule = {"trigger": "interval", "interval": "monthly", "paid_credits": "1", "payment_method": reference}
    bodies = (
        ("/subscriptions", {"subscription": {**subscription, "payment_method": reference}}),
        ("/wallets", {"wallet": {**wallet, "payment_method": reference}}),
        ("/wallets", {"wallet": {**wallet, "recurring_transaction_rules": [rule]}}),
    )
    for path, body in bodies:
        assert world.post(path, body, status=422)["status"] == 422
    sell(world, status=422, payment_method=reference)

    assert not Invoice.objects.exists()
    assert not Customer.objects.get().wallets.exists()
