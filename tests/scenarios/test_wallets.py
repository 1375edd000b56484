"""Prepaid credits: limits, ends, rules, and what comes back."""

import pytest
from django.utils import timezone

from billing_site import books


@pytest.fixture
def customer(world):
    return world.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})["customer"]


def made(world, **fields):
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "name": "Main", **fields}
    return world.post("/wallets", {"wallet": wallet})["wallet"]


def refused(world, path, body):
    return world.post(path, body, status=422)["error_details"]


@pytest.mark.usefixtures("customer")
def test_what_cannot_be_made_is_named(world):
    base = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR"}
    cases = [
        ({"external_customer_id": "nobody"}, {"customer": ["customer_not_found"]}),
        ({"rate_amount": "0"}, {"rate_amount": ["value_is_out_of_range"]}),
        ({"paid_credits": "x"}, {"paid_credits": ["invalid_paid_credits"]}),
        ({"granted_credits": "-1"}, {"granted_credits": ["invalid_granted_credits"]}),
        ({"granted_credits": "0.001"}, {"granted_credits": ["amount_rounds_to_zero"]}),
        ({"expiration_at": "2020-01-01T00:00:00Z"}, {"expiration_at": ["invalid_date"]}),
        ({"priority": 51}, {"priority": ["value_is_out_of_range"]}),
        ({"paid_credits": "5", "paid_top_up_min_amount_cents": 1000}, {"paid_credits": ["amount_below_minimum"]}),
        ({"paid_credits": "50", "paid_top_up_max_amount_cents": 1000}, {"paid_credits": ["amount_above_maximum"]}),
        ({"applies_to": {"fee_types": ["gift"]}}, {"allowed_fee_types": ["invalid_fee_types"]}),
        ({"applies_to": {"billable_metric_codes": ["none"]}}, {"billable_metrics": ["invalid_identifier"]}),
        ({"recurring_transaction_rules": [{"trigger": "interval"}]},
         {"recurring_transaction_rules": ["invalid_recurring_rule"]}),
        ({"recurring_transaction_rules": [{"trigger": "interval", "interval": "weekly"}] * 2},
         {"recurring_transaction_rules": ["invalid_number_of_recurring_rules"]}),
    ]  # fmt: skip

    assert [refused(world, "/wallets", {"wallet": base | fields}) for fields, _ in cases] == [code for _, code in cases]
    assert world.get("/wallets")["wallets"] == []


@pytest.mark.usefixtures("customer")
def test_a_customer_has_six_wallets_each_with_a_code_of_its_own(world):
    codes = {made(world)["code"] for _ in range(6)}

    assert len(codes) == 6
    assert "main" in codes
    seventh = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR"}
    assert refused(world, "/wallets", {"wallet": seventh}) == {"customer": ["wallet_limit_reached"]}


@pytest.mark.usefixtures("customer")
def test_credits_are_taken_away_up_to_what_there_is_or_of_one_grant(world):
    wallet = made(world, granted_credits="10")
    path = f"/wallets/{wallet['lago_id']}"
    second = {"wallet_id": wallet["lago_id"], "granted_credits": "5"}
    grant = world.post("/wallet_transactions", {"wallet_transaction": second})["wallet_transactions"][0]

    too_much = {"wallet_id": wallet["lago_id"], "voided_credits": "15.01"}
    assert refused(world, "/wallet_transactions", {"wallet_transaction": too_much}) == {
        "voided_credits": ["insufficient_credits"]
    }
    one = {"wallet_id": wallet["lago_id"], "voided_transaction_id": grant["lago_id"]}
    voided = world.post("/wallet_transactions", {"wallet_transaction": one})["wallet_transactions"][0]

    assert (voided["transaction_status"], voided["credit_amount"]) == ("voided", "5.0")
    assert world.get(path)["wallet"]["balance_cents"] == 1000
    funding = world.get(f"/wallet_transactions/{voided['lago_id']}/fundings")["wallet_transaction_fundings"]
    assert [row["wallet_transaction"]["lago_id"] for row in funding] == [grant["lago_id"]]
    assert books.audit_books(now=timezone.now()) == []


@pytest.mark.usefixtures("customer")
def test_a_wallet_ends_at_its_date_and_what_is_left_is_void(world):
    wallet = made(world, granted_credits="10", expiration_at="2024-03-10T00:00:00Z")

    world.travel_to("2024-03-10T01:00:00+00:00")
    world.run_clock()

    ended = world.get(f"/customers/cust/wallets/{wallet['code']}")["wallet"]
    assert (ended["status"], ended["balance_cents"], ended["credits_balance"]) == ("terminated", 0, "0.0")
    assert world.put(f"/wallets/{wallet['lago_id']}", {"wallet": {"name": "x"}}, 405)["code"] == "wallet_not_active"
    more = {"wallet_id": wallet["lago_id"], "granted_credits": "1"}
    assert refused(world, "/wallet_transactions", {"wallet_transaction": more}) == {
        "wallet_id": ["wallet_is_terminated"]
    }


@pytest.mark.usefixtures("customer")
def test_a_rule_grants_each_month_and_makes_up_for_days_that_were_missed(world):
    rule = {"trigger": "interval", "interval": "monthly", "granted_credits": "5"}
    wallet = made(world, recurring_transaction_rules=[rule])
    path = f"/wallets/{wallet['lago_id']}"

    world.run_clock()
    assert world.get(path)["wallet"]["balance_cents"] == 0
    world.travel_to("2024-05-06T00:00:00+00:00")
    world.run_clock()
    world.run_clock()

    assert world.get(path)["wallet"]["balance_cents"] == 1000
    rows = world.get(f"{path}/wallet_transactions")["wallet_transactions"]
    assert [row["source"] for row in rows] == ["interval", "interval"]


@pytest.mark.usefixtures("customer")
def test_metadata_is_replaced_and_taken_away_key_by_key(world):
    wallet = made(world, metadata={"a": "1"})
    path = f"/wallets/{wallet['lago_id']}/metadata"

    assert world.post(path, {"metadata": {"b": "2", "c": "3"}}) == {"metadata": {"b": "2", "c": "3"}}
    assert world.delete(f"{path}/b") == {"metadata": {"c": "3"}}
    assert world.delete(f"{path}/b", 404)["code"] == "metadata_not_found"
    assert world.delete(path) == {"metadata": None}


@pytest.mark.usefixtures("customer")
def test_bought_credits_count_once_when_their_invoice_is_paid(world):
    wallet = made(world, paid_credits="20")
    path = f"/wallets/{wallet['lago_id']}"
    world.run_clock()
    invoice = world.get("/invoices?external_customer_id=cust")["invoices"][0]

    assert (invoice["invoice_type"], invoice["total_amount_cents"], invoice["taxes_amount_cents"]) == (
        "credit",
        2000,
        0,
    )
    assert world.get(path)["wallet"]["balance_cents"] == 0
    for status in ("failed", "succeeded", "succeeded"):
        world.put(f"/invoices/{invoice['lago_id']}", {"invoice": {"payment_status": status}})
        world.run_clock()

    assert world.get(path)["wallet"]["balance_cents"] == 2000
    rows = world.get(f"{path}/wallet_transactions")["wallet_transactions"]
    assert [(row["status"], row["lago_invoice_id"]) for row in rows] == [("settled", invoice["lago_id"])]
    assert books.audit_books(now=timezone.now()) == []


@pytest.mark.usefixtures("customer")
def test_a_void_invoice_gives_back_what_wallets_paid_and_sells_nothing(world):
    plan = {"name": "Pro", "code": "pro", "interval": "monthly", "amount_cents": 1500, "amount_currency": "EUR",
            "pay_in_advance": True}  # fmt: skip
    world.post("/plans", {"plan": plan})
    wallet = made(world, granted_credits="10", paid_credits="7")
    path = f"/wallets/{wallet['lago_id']}"
    subscription = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "pro",
                    "billing_time": "anniversary"}  # fmt: skip
    world.post("/subscriptions", {"subscription": subscription})
    world.run_clock()
    invoices = {row["invoice_type"]: row for row in world.get("/invoices?external_customer_id=cust")["invoices"]}

    assert invoices["subscription"]["prepaid_credit_amount_cents"] == 1000
    assert invoices["subscription"]["prepaid_granted_credit_amount_cents"] == 1000
    assert invoices["subscription"]["total_amount_cents"] == 500
    assert world.get(path)["wallet"]["consumed_credits"] == "10.0"
    for invoice in invoices.values():
        world.post(f"/invoices/{invoice['lago_id']}/void", {})
        world.run_clock()

    shown = world.get(path)["wallet"]
    assert (shown["balance_cents"], shown["consumed_credits"]) == (1000, "0.0")
    rows = world.get(f"{path}/wallet_transactions")["wallet_transactions"]
    back = next(row for row in rows if row["lago_voided_invoice_id"])
    assert (back["transaction_status"], back["remaining_amount_cents"]) == ("granted", 1000)
    assert [row["status"] for row in rows if row["transaction_status"] == "purchased"] == ["failed"]
    assert books.audit_books(now=timezone.now()) == []
