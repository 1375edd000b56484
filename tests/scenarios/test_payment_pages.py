"""Paying several overdue invoices at once, at a page of Stripe's; and forgetting a card there too."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers.models import Customer
from customers.services import payment_providers
from invoicing.models import Payment, PaymentReceipt, PaymentRequest
from invoicing.services.payment_requests import creation
from invoicing.services.payments import collecting, manual
from tests.fake_stripe.running import fake_stripe
from tests.scenarios.test_stripe import link


@pytest.fixture
def stripe(world, settings, monkeypatch):
    """The fake, connected."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fake_stripe() as fake:
        settings.STRIPE_API_BASE = fake.address
        payment_providers.connect("stripe", key="sk_test_1", now=timezone.now())
        add_on = {"name": "Setup", "code": "setup", "amount_cents": 10_000, "amount_currency": "EUR"}
        world.post("/add_ons", {"add_on": add_on})
        yield fake


@pytest.fixture
def owed(world, stripe):
    """Two overdue invoices of 100.00 each, of a customer whose card was declined, and a request for both."""
    link(world, "declined")
    sold = {"external_customer_id": "cust", "fees": [{"add_on_code": "setup"}]}
    ids = [world.post("/invoices", {"invoice": sold})["invoice"]["lago_id"] for _ in range(2)]
    call_command("drain")
    world.travel_to("2024-04-20T09:00:00Z")
    world.run_clock()
    asked = {"external_customer_id": "cust", "lago_invoice_ids": ids}
    return ids, world.post("/payment_requests", {"payment_request": asked})["payment_request"]["lago_id"]


def page_of_request(world, request, status=200):
    answer = world.post(f"/payment_requests/{request}/payment_url", {}, status=status)
    return answer["payment_request_payment_details"]["payment_url"] if status == 200 else answer["code"]


def pay_at(stripe, world, page):
    pay_unseen(stripe, page)
    later(world)


def pay_unseen(stripe, page):
    """Pay at a page, at the time that it is, without anybody here knowing."""
    stripe.get(f"/_clock?now={int(timezone.now().timestamp())}")
    stripe.get(f"/_pay?session={page.rpartition('/')[2]}")


def later(world):
    """Let an hour pass, after which the provider's events are fetched."""
    world.clock.shift(timedelta(hours=1))
    world.run_clock()


def left(world, ids):
    return [world.get(f"/invoices/{lago_id}")["invoice"]["total_due_amount_cents"] for lago_id in ids]


def test_one_payment_pays_all_invoices_of_a_request(world, stripe, owed):
    ids, request = owed

    page = page_of_request(world, request)
    assert page_of_request(world, request) == page
    pay_at(stripe, world, page)

    assert left(world, ids) == [0, 0]
    paid = Payment.objects.get(state="succeeded")
    [shown] = [row for row in world.get("/payments")["payments"] if row["status"] == "succeeded"]
    assert (shown["payable_type"], shown["lago_payable_id"]) == ("PaymentRequest", request)
    assert (shown["amount_cents"], shown["invoice_ids"]) == (20_000, ids)
    assert [row.amount_cents for row in paid.allocations.order_by("pk")] == [10_000, 10_000]
    assert PaymentReceipt.objects.filter(payment=paid).count() == 1
    assert world.get(f"/payment_requests/{request}")["payment_request"]["payment_status"] == "succeeded"
    assert [charge["amount"] for charge in stripe.get("/_book")["charges"]] == [20_000]
    assert page_of_request(world, request, status=405) == "invoice_payment_already_succeeded"
    call_command("audit_books")


def test_paying_one_invoice_takes_the_page_for_all_away_and_back(world, stripe, owed):
    ids, request = owed
    for_all = page_of_request(world, request)

    for_one = world.post(f"/invoices/{ids[0]}/payment_url", {})["invoice_payment_details"]["payment_url"]
    for_all_again = page_of_request(world, request)
    pay_at(stripe, world, for_all_again)

    assert len({for_all, for_one, for_all_again}) == 3
    assert left(world, ids) == [0, 0]
    states = Payment.objects.filter(next_action__type="checkout").order_by("pk").values_list("state", flat=True)
    assert list(states) == ["canceled", "canceled", "succeeded"]
    call_command("audit_books")


def test_a_page_on_which_money_was_just_paid_is_not_taken_away(world, stripe, owed):
    ids, request = owed
    for_one = world.post(f"/invoices/{ids[0]}/payment_url", {})["invoice_payment_details"]["payment_url"]
    pay_unseen(stripe, for_one)

    code = page_of_request(world, request, status=405)

    assert code == "payment_processor_is_currently_handling_payment"
    later(world)
    assert left(world, ids) == [0, 10_000]
    pay_at(stripe, world, page_of_request(world, request))
    assert left(world, ids) == [0, 0]
    assert sorted(charge["amount"] for charge in stripe.get("/_book")["charges"]) == [10_000, 10_000]
    call_command("audit_books")


def test_a_page_asks_for_what_is_due_by_now(world, stripe, owed):
    ids, request = owed
    page_of_request(world, request)
    paid = {"invoice_id": ids[1], "amount_cents": 4_000, "reference": "transfer"}
    world.post("/payments", {"payment": paid})

    pay_at(stripe, world, page_of_request(world, request))

    assert [charge["amount"] for charge in stripe.get("/_book")["charges"]] == [16_000]
    assert left(world, ids) == [0, 0]
    call_command("audit_books")


def test_nothing_else_charges_an_invoice_that_waits_at_a_page_with_others(world, stripe, owed):
    ids, request = owed
    page_of_request(world, request)
    second = Payment.objects.latest("pk").payment_request.items.get(invoice__lago_id=ids[1]).invoice

    assert collecting.start(second, now=timezone.now()) is None


def test_who_asks_by_themselves_gets_the_request_that_is_open(world, stripe, owed):
    ids, request = owed
    customer = Customer.objects.get(external_id="cust")

    same = creation.open_request(customer, PaymentRequest.objects.get().invoices.values_list("lago_id", flat=True),
                                 now=timezone.now())  # fmt: skip
    manual.record(same.invoices.first(), amount_cents=1, reference="transfer", now=timezone.now())
    other = creation.open_request(customer, [row.lago_id for row in same.invoices.all()], now=timezone.now())

    assert str(same.lago_id) == request
    assert (other.pk != same.pk, other.amount_cents) == (True, 19_999)


def test_a_card_that_is_removed_is_forgotten_by_stripe_too(world, stripe):
    link(world, "card")
    [method] = world.get("/customers/cust/payment_methods")["payment_methods"]

    world.delete(f"/customers/cust/payment_methods/{method['lago_id']}")
    call_command("drain")
    link(world, "card")  # its methods are read anew

    assert world.get("/customers/cust/payment_methods")["payment_methods"] == []
