"""An invoice that is only asked about is the one that billing would make, and leaves nothing behind."""

import pytest

from billing_site.core.models import Activity
from customers.models import Customer
from invoicing.models import Invoice
from plans.models import Subscription
from tests.scenarios.test_usage_to_invoice import send

FIGURES = (
    "fees_amount_cents", "coupons_amount_cents", "taxes_amount_cents", "credit_notes_amount_cents",
    "prepaid_credit_amount_cents", "total_amount_cents",
)  # fmt: skip


def preview(world, status=200, **body):
    answer = world.post("/invoices/preview", body, status=status)
    return answer["invoice"] if status == 200 else answer


def plan(world, code, cents, *, in_advance=False):
    body = {
        "name": code, "code": code, "interval": "monthly", "amount_cents": cents, "amount_currency": "EUR",
        "pay_in_advance": in_advance,
    }  # fmt: skip
    world.post("/plans", {"plan": body})


@pytest.fixture
def company(world):
    world.post("/taxes", {"tax": {"name": "VAT", "code": "vat", "rate": 20, "applied_to_organization": True}})
    plan(world, "basic", 3100)
    plan(world, "ahead", 6200, in_advance=True)
    return world


@pytest.mark.parametrize(
    ("_case", "asked", "fees", "issued"),
    [
        ("the rest of the month, in arrears", {"plan_code": "basic"}, 2700, "2024-04-01"),
        ("the rest of the month, in advance", {"plan_code": "ahead"}, 5400, "2024-03-05"),
        ("a whole month from its day on", {"plan_code": "basic", "billing_time": "anniversary"}, 3100, "2024-04-05"),
        (
            "one that begins later",
            {"plan_code": "ahead", "subscription_at": "2024-05-21T00:00:00Z"},
            2200,
            "2024-05-21",
        ),
    ],
)
def test_an_imagined_subscription_of_an_unknown_customer(company, _case, asked, fees, issued):
    invoice = preview(company, customer={"name": "Somebody"}, **asked)

    assert (invoice["fees_amount_cents"], invoice["issuing_date"]) == (fees, issued)
    assert invoice["taxes_amount_cents"] == fees // 5
    assert invoice["customer"]["name"] == "Somebody"
    assert [fee["item"]["type"] for fee in invoice["fees"]] == ["subscription"]
    assert [model for model in (Customer, Subscription, Invoice) if model.objects.exists()] == []
    assert not Activity.objects.filter(type__startswith="subscription").exists()


def test_discounts_may_be_imagined_or_named(company):
    company.post(
        "/coupons",
        {
            "coupon": {
                "name": "Ten", "code": "ten", "coupon_type": "fixed_amount", "amount_cents": 1000,
                "amount_currency": "EUR", "frequency": "forever", "expiration": "no_expiration",
            }
        },
    )  # fmt: skip
    made_up = {"code": "half", "coupon_type": "percentage", "percentage_rate": "50", "amount_cents": None}

    invoice = preview(
        company, customer={}, plan_code="basic", billing_time="anniversary", coupons=[{"code": "ten"}, made_up]
    )

    assert [credit["amount_cents"] for credit in invoice["credits"]] == [1000, 1050]
    assert invoice["total_amount_cents"] == 1260


def test_the_customer_that_is_there_pays_with_what_it_has(company):
    company.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    wallet = {"external_customer_id": "cust", "currency": "EUR", "rate_amount": "1", "granted_credits": "5"}
    company.post("/wallets", {"wallet": wallet})

    invoice = preview(company, customer={"external_id": "cust", "name": None}, plan_code="ahead")

    assert (invoice["prepaid_credit_amount_cents"], invoice["total_amount_cents"]) == (500, 5980)
    assert company.get("/wallets?external_customer_id=cust")["wallets"][0]["balance_cents"] == 500


@pytest.mark.usefixtures("subscribed")
def test_the_next_invoice_of_a_subscription_is_the_one_that_the_run_makes(world):
    world.travel_to("2024-03-15T13:00:00Z")
    world.run_clock()
    send(world, "a", "b")

    said = preview(world, customer={"external_id": "cust"}, subscriptions={"external_ids": ["sub"]})

    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    made = world.get("/invoices?external_customer_id=cust")["invoices"][0]
    assert {name: said[name] for name in FIGURES} == {name: made[name] for name in FIGURES}
    assert said["issuing_date"] == made["issuing_date"]


def test_an_end_bills_what_is_left_and_nothing_ends(company):
    company.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    company.post(
        "/subscriptions",
        {"subscription": {"external_customer_id": "cust", "external_id": "sub", "plan_code": "basic"}},
    )

    ended = {"external_ids": ["sub"], "terminated_at": "2024-03-11T10:00:00Z"}
    invoice = preview(company, customer={"external_id": "cust"}, subscriptions=ended)

    assert (invoice["fees_amount_cents"], invoice["issuing_date"]) == (700, "2024-03-11")
    assert company.get("/subscriptions/sub")["subscription"]["status"] == "active"


@pytest.mark.parametrize(
    ("code", "fees", "issued"),
    [
        ("dear", [400, 20_700], "2024-03-09"),  # at once: four days of the old, 23 of the new paid in advance
        ("cheap", [2700], "2024-04-01"),  # when the month is over, which the old plan still bills
    ],
)
def test_a_change_of_plan_bills_the_old_one_and_what_the_new_one_wants_in_advance(company, code, fees, issued):
    plan(company, "dear", 27_900, in_advance=True)
    plan(company, "cheap", 31)
    company.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    company.post(
        "/subscriptions",
        {"subscription": {"external_customer_id": "cust", "external_id": "sub", "plan_code": "basic"}},
    )
    company.travel_to("2024-03-09T12:00:00Z")

    changed = {"external_ids": ["sub"], "plan_code": code}
    invoice = preview(company, customer={"external_id": "cust"}, subscriptions=changed)

    assert ([fee["amount_cents"] for fee in invoice["fees"]], invoice["issuing_date"]) == (fees, issued)
    assert company.get("/subscriptions/sub")["subscription"]["plan_code"] == "basic"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"customer": {"external_id": "nobody"}, "plan_code": "basic"}, 404, "customer_not_found"),
        ({"customer": {}, "plan_code": "none"}, 404, "plan_not_found"),
        ({"customer": {}}, 404, "plan_not_found"),
        ({"customer": {}, "plan_code": "basic", "billing_entity_code": "none"}, 404, "billing_entity_not_found"),
        ({"plan_code": "basic"}, 422, "validation_errors"),
        ({"customer": {}, "subscriptions": {"external_ids": ["none"]}}, 404, "subscription_not_found"),
        ({"customer": {}, "subscriptions": {"external_ids": []}}, 422, "validation_errors"),
    ],
)
def test_what_cannot_be_imagined_is_refused(company, asked, status, code):
    assert preview(company, status=status, **asked)["code"] == code


def test_an_end_or_a_change_that_cannot_be_is_refused(company):
    company.post("/customers", {"customer": {"external_id": "cust", "currency": "EUR"}})
    for name in ("a", "b"):
        body = {"external_customer_id": "cust", "external_id": name, "plan_code": "basic"}
        company.post("/subscriptions", {"subscription": body})
    refused = (
        ({"external_ids": ["a"], "terminated_at": "2024-03-01T00:00:00Z"}, "terminated_at", "cannot_be_in_past"),
        (
            {"external_ids": ["a", "b"], "plan_code": "ahead"},
            "subscriptions",
            "only_one_subscription_allowed_for_plan_change",
        ),
        ({"external_ids": ["a"], "plan_code": "basic"}, "base", "new_plan_should_be_different_from_existing_plan"),
    )
    for subscriptions, name, code in refused:
        answer = preview(company, status=422, customer={"external_id": "cust"}, subscriptions=subscriptions)
        assert answer["error_details"] == {name: [code]}
