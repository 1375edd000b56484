import pytest

from billing_site.core.models import Activity
from credits.models import Wallet, WalletTransaction
from customers.models import Customer

WHY = {"reason": "An outage"}


@pytest.fixture
def buyer(desk):
    desk.api("post", "/customers", {"customer": {
        "external_id": "c", "name": "C", "currency": "EUR", "timezone": "Europe/Berlin"}})  # fmt: skip
    return Customer.objects.get()


def test_credits_are_granted_into_a_new_wallet_with_an_end_then_into_that_one_and_taken_back(desk, buyer):
    shown = desk.rehearse(buyer, "grant-credits", amount="25", wallet="new", priority="10", last_day="2026-12-31")
    assert "EUR\xa025.00 (25 credits, ends on 31 December 2026)" in shown
    assert not Wallet.objects.exists()

    desk.act(buyer, "grant-credits", amount="25", wallet="new", priority="10", last_day="2026-12-31", **WHY)
    wallet = Wallet.objects.get()
    assert (wallet.balance_cents, wallet.expiration_at.isoformat()) == (2500, "2026-12-31T23:00:00+00:00")
    desk.act(buyer, "grant-credits", amount="5", wallet=str(wallet.pk), priority="1", because="Start-up programme")
    desk.act(buyer, "take-back-credits", amount="10", wallet=str(wallet.pk), **WHY)

    wallet.refresh_from_db()
    assert wallet.balance_cents == 2000
    assert [row.priority for row in WalletTransaction.objects.filter(transaction_status="granted")] == [10, 1]
    told = Activity.objects.filter(type="wallet_transaction.created").order_by("pk")
    assert [row.reason for row in told] == ["An outage", "Start-up programme", "An outage"]
    assert "EUR\xa020.00" in desk.page(buyer)


@pytest.mark.parametrize(
    ("slug", "answers", "field", "says"),
    [
        ("grant-credits", {"amount": ""}, "amount", "required"),
        ("grant-credits", {"amount": "0"}, "amount", "How many credits?"),
        ("grant-credits", {"amount": "0.00001"}, "amount", "smallest coin"),
        ("grant-credits", {"amount": "NaN"}, "amount", "Enter a number"),
        ("grant-credits", {"amount": "5", "priority": "51"}, "priority", "less than or equal to 50"),
        ("grant-credits", {"amount": "5", "wallet": "0"}, "wallet", "valid choice"),
        ("grant-credits", {"amount": "5", "wallet": "new", "last_day": "2026-01-01"}, "last_day", "lies in the past"),
        ("grant-credits", {"amount": "5", "reason": ""}, "reason", "required"),
        ("take-back-credits", {"amount": "10.01"}, "amount", "not that many credits"),
        ("take-back-credits", {"amount": "0"}, "amount", "How many credits?"),
        ("make-wallet", {"rate_amount": "0"}, "rate_amount", "more than nothing"),
        ("make-wallet", {"rate_amount": "1.000001"}, "rate_amount", "decimal places"),
        ("make-wallet", {"last_day": "2026-01-01"}, "last_day", "lies in the past"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_moves(desk, buyer, slug, answers, field, says):
    desk.act(buyer, "make-wallet", name="First", rate_amount="1", amount="10", priority="50", **WHY)
    wallet = Wallet.objects.get()
    good = {"wallet": str(wallet.pk), "priority": "50", "rate_amount": "1", **WHY}

    page = desk.act(buyer, slug, **{**good, **answers})

    assert page.status_code == 200
    assert says in str(page.context["form"].errors[field])
    assert Wallet.objects.get().balance_cents == 1000


def test_a_wallet_is_made_bought_into_and_ended(desk, buyer):
    assert "no wallet" in desk.client.get(desk.address(buyer, "take-back-credits")).context["obstacle"]

    desk.act(
        buyer, "make-wallet", name="Launch", rate_amount="0.5", amount="10", paid_credits="20", priority="2", **WHY
    )
    wallet = Wallet.objects.get()
    assert (wallet.name, wallet.currency, wallet.priority, wallet.balance_cents) == ("Launch", "EUR", 2, 500)
    kinds = WalletTransaction.objects.order_by("pk").values_list("transaction_status", "status")
    assert sorted(kinds) == [("granted", "settled"), ("purchased", "pending")]

    desk.act(wallet, "end", **WHY)
    wallet.refresh_from_db()
    assert (wallet.status, wallet.balance_cents) == ("terminated", 0)
    assert "ended already" in desk.client.get(desk.address(wallet, "end")).context["obstacle"]


def test_a_customer_without_a_currency_is_asked_for_one(desk, buyer):
    Customer.objects.update(currency="")

    refused = desk.act(buyer, "grant-credits", amount="5", wallet="new", priority="50", **WHY)
    assert "Choose the currency" in str(refused.context["form"].errors["currency"])
    desk.act(buyer, "grant-credits", amount="5", wallet="new", priority="50", currency="JPY", **WHY)

    assert Wallet.objects.get().currency == "JPY"
