"""Credit notes on invoices of credits that were bought."""

import pytest
from django.utils import timezone

from billing_site import books


@pytest.fixture
def bought(world):
    """The invoice of 15.00 of credits, not paid yet."""
    world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "name": "Main", "code": "main"}
    world.post("/wallets", {"wallet": wallet | {"paid_credits": "15"}})
    world.run_clock()
    [row] = world.get("/invoices?invoice_type=credit")["invoices"]
    return world.get(f"/invoices/{row['lago_id']}")["invoice"]


def ask(world, invoice, cents, status=200, path="/credit_notes", **shares):
    items = [{"fee_id": invoice["fees"][0]["lago_id"], "amount_cents": cents}]
    return world.post(path, {"credit_note": {"invoice_id": invoice["lago_id"], "items": items, **shares}}, status)


def wallet(world):
    return world.get("/customers/cust/wallets/main")["wallet"]


def entries(world):
    rows = world.get(f"/wallets/{wallet(world)['lago_id']}/wallet_transactions")["wallet_transactions"]
    return [(row["transaction_status"], row["status"]) for row in rows]


def pay(world, invoice):
    payment = {"invoice_id": invoice["lago_id"], "amount_cents": 1500, "reference": "transfer"}
    world.post("/payments", {"payment": payment})
    world.run_clock()


def test_what_is_not_paid_can_only_be_set_off_whole_and_then_never_comes_in(world, bought):
    assert ask(world, bought, 1500, 405, "/credit_notes/estimate")["code"] == "invalid_type_or_status"
    for shares in ({"offset_amount_cents": 500}, {"refund_amount_cents": 500}, {"credit_amount_cents": 500}):
        assert ask(world, bought, 500, 405, **shares)["code"] == "invalid_type_or_status"
    ask(world, bought, 1500, offset_amount_cents=1500)
    world.put(f"/invoices/{bought['lago_id']}", {"invoice": {"payment_status": "succeeded"}})
    world.run_clock()

    assert world.get(f"/invoices/{bought['lago_id']}")["invoice"]["total_due_amount_cents"] == 0
    assert (wallet(world)["balance_cents"], entries(world)) == (0, [("purchased", "failed")])
    assert books.audit_books(now=timezone.now()) == []


def test_what_is_paid_is_refunded_from_the_wallet_and_no_further(world, bought):
    pay(world, bought)
    estimate = ask(world, bought, 700, path="/credit_notes/estimate")["estimated_credit_note"]
    note = ask(world, bought, 500, refund_amount_cents=500)["credit_note"]
    left = ask(world, bought, 1100, 422, refund_amount_cents=1100)["error_details"]
    credit = ask(world, bought, 100, 422, credit_amount_cents=100)["error_details"]

    assert (estimate["max_creditable_amount_cents"], estimate["max_refundable_amount_cents"]) == (0, 700)
    assert (note["refund_amount_cents"], note["total_amount_cents"]) == (500, 500)
    assert left == {"amount_cents": ["higher_than_remaining_fee_amount"]}
    assert credit["credit_amount_cents"] == ["cannot_credit_invoice"]
    assert wallet(world)["balance_cents"] == 1000
    assert sorted(entries(world)) == [("purchased", "settled"), ("voided", "settled")]
    assert books.audit_books(now=timezone.now()) == []


def test_what_was_spent_or_is_in_a_wallet_that_ended_is_not_refunded(world, bought):
    pay(world, bought)
    key = wallet(world)["lago_id"]
    world.post("/wallet_transactions", {"wallet_transaction": {"wallet_id": key, "voided_credits": "14"}})
    spent = ask(world, bought, 200, 422, refund_amount_cents=200)["error_details"]
    world.delete(f"/wallets/{key}")

    assert spent == {"amount_cents": ["higher_than_wallet_balance"]}
    assert ask(world, bought, 50, 405, refund_amount_cents=50)["code"] == "invalid_type_or_status"
