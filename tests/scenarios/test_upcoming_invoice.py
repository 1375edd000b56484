"""What is said to come is what then comes."""

import pytest

from invoicing.models import Invoice
from tests.scenarios.test_usage_to_invoice import send

FIGURES = ("currency", "fees_amount_cents", "coupons_amount_cents", "taxes_amount_cents", "total_amount_cents")


def upcoming(world, query=""):
    return world.get(f"/customers/cust/upcoming_invoice{query}")["upcoming_invoices"]


@pytest.mark.usefixtures("subscribed")
def test_the_upcoming_invoice_is_the_one_that_the_run_then_makes(world):
    coupon = {
        "name": "Tenth", "code": "tenth", "coupon_type": "percentage", "percentage_rate": "10",
        "frequency": "recurring", "frequency_duration": 2, "expiration": "no_expiration",
    }  # fmt: skip
    world.post("/coupons", {"coupon": coupon})
    world.post("/applied_coupons", {"applied_coupon": {"external_customer_id": "cust", "coupon_code": "tenth"}})
    world.run_clock()  # the start itself bills nothing while the trial lasts
    send(world, "a", "b")

    for moment, billed_at in (("2024-03-15T13:02:00Z", "2024-03-15T12:12:00Z"), ("2024-04-01T03:00:00Z", None)):
        [said] = upcoming(world)
        if billed_at:
            assert said["billing_at"] == billed_at
        world.travel_to(moment)
        world.run_clock()
        newest = world.get("/invoices?external_customer_id=cust")["invoices"][0]
        assert {name: said[name] for name in FIGURES} == {name: newest[name] for name in FIGURES}
        fees = world.get(f"/invoices/{newest['lago_id']}")["invoice"]["fees"]
        assert [fee["amount_cents"] for fee in said["fees"]] == [fee["amount_cents"] for fee in fees]


@pytest.mark.usefixtures("subscribed")
def test_what_wallets_will_pay_is_said_and_stays_in_them(world):
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "code": "main", "name": "Main"}
    world.post("/wallets", {"wallet": wallet | {"granted_credits": "1000"}})
    world.run_clock()

    [said] = upcoming(world)
    world.travel_to("2024-03-15T13:02:00Z")
    kept = world.get("/customers/cust/wallets/main")["wallet"]["balance_cents"]
    world.run_clock()
    newest = world.get("/invoices?external_customer_id=cust")["invoices"][0]

    assert (said["prepaid_credit_amount_cents"], kept) == (100_000, 100_000)
    assert said["prepaid_credit_amount_cents"] == newest["prepaid_credit_amount_cents"]
    assert said["total_amount_cents"] == newest["total_amount_cents"]


@pytest.mark.usefixtures("subscribed")
def test_it_can_be_asked_for_a_later_day_and_writes_nothing(world):
    world.run_clock()

    [later] = upcoming(world, "?at=2024-06-10T00:00:00Z")

    assert later["billing_at"] == "2024-07-01T00:00:00Z"
    assert later["fees_amount_cents"] == 5_000_000
    assert not Invoice.objects.exists()


@pytest.mark.usefixtures("subscribed")
def test_a_customer_without_subscriptions_has_none_and_bad_questions_are_refused(world):
    world.post("/customers", {"customer": {"external_id": "idle"}})

    assert world.get("/customers/idle/upcoming_invoice") == {"upcoming_invoices": []}
    assert world.get("/customers/nobody/upcoming_invoice", status=404)["code"] == "customer_not_found"
    for at in ("soon", "2024-13-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00%2B14:00"):
        answer = world.client.get(f"/api/v1/customers/cust/upcoming_invoice?at={at}")
        assert answer.status_code in (200, 422), at
