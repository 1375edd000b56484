"""Stories in which Stripe answers: a fake of our own, in its own process."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers.services import payment_providers
from invoicing.models import Invoice, Payment
from tests.fake_stripe.running import fake_stripe

RULES = [{"type": "payment", "timeout_hours": 48}]


@pytest.fixture
def stripe(world, settings, monkeypatch):
    """The fake, connected, with a plan of 10.00 in advance and an add-on of 100.00."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fake_stripe() as fake:
        settings.STRIPE_API_BASE = fake.address
        payment_providers.connect("stripe", key="sk_test_1", now=timezone.now())
        plan = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 1000, "amount_currency": "EUR",
                "pay_in_advance": True}  # fmt: skip
        world.post("/plans", {"plan": plan})
        add_on = {"name": "Setup", "code": "setup", "amount_cents": 10_000, "amount_currency": "EUR"}
        world.post("/add_ons", {"add_on": add_on})
        yield fake


def link(world, card):
    """Link a customer who has a card of this kind stored at the fake."""
    terms = {"payment_provider": "stripe", "payment_provider_code": "stripe", "provider_customer_id": f"cus_{card}"}
    customer = {"external_id": "cust", "currency": "EUR", "billing_configuration": terms}
    world.post("/customers", {"customer": customer})
    call_command("drain")


def sell(world):
    body = {"external_customer_id": "cust", "fees": [{"add_on_code": "setup"}]}
    sold = world.post("/invoices", {"invoice": body})["invoice"]
    call_command("drain")
    return sold


def now(world, invoice):
    shown = world.get(f"/invoices/{invoice['lago_id']}")["invoice"]
    return shown["payment_status"], shown["total_due_amount_cents"]


def test_a_stored_card_is_charged_when_an_invoice_becomes_final(world, stripe):
    link(world, "card")
    [method] = world.get("/customers/cust/payment_methods")["payment_methods"]

    sold = sell(world)

    [payment] = world.get("/payments")["payments"]
    assert (method["is_default"], method["provider_method_id"]) == (True, "pm_card")
    assert (payment["type"], payment["payment_status"], payment["amount_cents"]) == ("provider", "succeeded", 10_000)
    assert (payment["payment_provider_code"], payment["payment_receipt"]["number"][-6:]) == ("stripe", "000001")
    assert now(world, sold) == ("succeeded", 0)
    assert [charge["amount"] for charge in stripe.get("/_book")["charges"]] == [10_000]
    call_command("audit_books")


def test_a_declined_card_can_be_tried_again(world, stripe):
    link(world, "declined")
    sold = sell(world)
    assert now(world, sold) == ("failed", 10_000)

    answer = world.client.post(f"/api/v1/invoices/{sold['lago_id']}/retry_payment", {}, "application/json")
    call_command("drain")

    assert answer.status_code == 200
    assert [(row.state, row.error_code) for row in Payment.objects.all()] == [("failed", "card_declined")] * 2


@pytest.mark.parametrize(
    ("status", "subscription", "reason"),
    [("succeeded", "active", None), ("requires_payment_method", "canceled", "payment_failed")],
)
def test_a_subscription_waits_for_the_charge_of_its_first_invoice(world, stripe, status, subscription, reason):
    link(world, "slow")
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan", "activation_rules": RULES}
    world.post("/subscriptions", {"subscription": body})
    call_command("drain")
    waits = world.get("/subscriptions/sub?status=incomplete")["subscription"]
    assert (waits["status"], Payment.objects.get().state) == ("incomplete", "processing")

    stripe.get(f"/_settle?intent={Payment.objects.get().provider_payment_id}&status={status}")
    world.run_clock()  # no webhook came: the events are fetched

    shown = world.get(f"/subscriptions/sub?status={subscription}")["subscription"]
    assert (shown["status"], shown.get("cancellation_reason")) == (subscription, reason)
    call_command("audit_books")


def test_an_invoice_is_paid_at_a_hosted_page(world, stripe):
    link(world, "declined")
    sold = sell(world)
    path = f"/invoices/{sold['lago_id']}/payment_url"

    first = world.post(path, {})["invoice_payment_details"]["payment_url"]
    second = world.post(path, {})["invoice_payment_details"]["payment_url"]
    assert first == second
    stripe.get(f"/_pay?session={first.rpartition('/')[2]}")
    world.run_clock()

    assert now(world, sold) == ("succeeded", 0)
    assert world.post(path, {}, status=405)["code"] == "invoice_payment_already_succeeded"
    call_command("audit_books")


def test_without_a_link_to_a_provider_there_is_no_page(world, stripe):
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    sold = sell(world)

    for path in (f"/invoices/{sold['lago_id']}/payment_url", "/customers/cust/checkout_url"):
        assert world.post(path, {}, status=422)["error_details"] == {"base": ["no_linked_payment_provider"]}


def test_a_customer_whom_stripe_does_not_know_is_made_there(world, stripe):
    customer = {"external_id": "cust", "billing_configuration": {"payment_provider": "stripe"}}
    world.post("/customers", {"customer": customer})

    shown = world.post("/customers/cust/checkout_url", {})["customer"]

    assert shown["checkout_url"].startswith("https://checkout.example/cs_")
    config = world.get("/customers/cust")["customer"]["billing_configuration"]
    assert config["provider_customer_id"].startswith("cus_new")


def test_bought_credits_count_once_the_charge_succeeds(world, stripe):
    link(world, "card")
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "paid_credits": "15",
              "granted_credits": "10", "invoice_requires_successful_payment": True}  # fmt: skip
    made = world.post("/wallets", {"wallet": wallet})["wallet"]
    call_command("drain")

    assert Invoice.objects.get().status == "finalized"
    assert world.get(f"/wallets/{made['lago_id']}")["wallet"]["balance_cents"] == 2_500
    call_command("audit_books")


def test_what_a_note_refunds_is_given_back_by_stripe_once(world, stripe):
    link(world, "card")
    sold = sell(world)
    fee = world.get(f"/invoices/{sold['lago_id']}")["invoice"]["fees"][0]["lago_id"]
    body = {
        "invoice_id": sold["lago_id"],
        "refund_amount_cents": 2_500,
        "items": [{"fee_id": fee, "amount_cents": 2_500}],
    }

    note = world.post("/credit_notes", {"credit_note": body})["credit_note"]
    world.run_clock()
    world.run_clock()

    shown = world.get(f"/credit_notes/{note['lago_id']}")["credit_note"]
    assert (note["refund_status"], shown["refund_status"]) == ("pending", "succeeded")
    assert [refund["amount"] for refund in stripe.get("/_book")["refunds"]] == [2_500]
    call_command("audit_books")
