"""Overdue invoices asked for together: what is refused, the mail, and when a request is paid."""

import pytest
from django.core.management import call_command

from billing_site.core.models import Email


@pytest.fixture
def overdue(world):
    """Two invoices of 100.00 and 50.00 that should have been paid on 1 March."""
    world.travel_to("2024-03-01T10:00:00Z")
    add_on = {"name": "Setup", "code": "setup", "amount_cents": 10_000, "amount_currency": "EUR"}
    world.post("/add_ons", {"add_on": add_on})
    customer = {"external_id": "cust", "currency": "EUR", "name": "Ada & Co", "email": "ada@example.com"}
    world.post("/customers", {"customer": customer})
    sold = [sell(world), sell(world, unit_amount_cents=5_000)]
    world.travel_to("2024-03-03T10:00:00Z")
    world.run_clock()
    return sold


def sell(world, **more):
    body = {"external_customer_id": "cust", "fees": [{"add_on_code": "setup", **more}]}
    return world.post("/invoices", {"invoice": body})["invoice"]


def ask(world, invoices, status=200, **more):
    body = {"external_customer_id": "cust", "lago_invoice_ids": [row["lago_id"] for row in invoices], **more}
    return world.post("/payment_requests", {"payment_request": body}, status=status)


def test_overdue_invoices_are_asked_for_by_one_mail_and_paid_one_by_one(world, overdue):
    made = ask(world, overdue, email="billing@example.com")["payment_request"]
    call_command("drain")

    assert (made["amount_cents"], made["amount_currency"], made["payment_status"]) == (15_000, "EUR", "pending")
    assert {row["lago_id"] for row in made["invoices"]} == {row["lago_id"] for row in overdue}
    mail = Email.objects.get(subject_type="invoicing.paymentrequest")
    assert mail.recipients == ["billing@example.com"]
    assert all(text in mail.text for text in (overdue[0]["number"], overdue[1]["number"], "€150.00", "€50.00"))

    statuses = []
    for invoice in overdue:
        world.pay(invoice)
        call_command("drain")
        statuses.append(world.get(f"/payment_requests/{made['lago_id']}")["payment_request"]["payment_status"])
    assert statuses == ["pending", "succeeded"]
    assert world.get("/customers/cust/payment_requests?payment_status=succeeded")["meta"]["total_count"] == 1


def test_what_was_paid_in_part_is_asked_for_by_the_rest(world, overdue):
    world.pay(overdue[0], 4_000)

    assert ask(world, overdue)["payment_request"]["amount_cents"] == 11_000


def test_what_is_not_overdue_or_not_there_is_refused(world, overdue):
    world.pay(overdue[0])
    new = sell(world)

    assert ask(world, [overdue[1], new], status=405)["code"] == "invoices_not_overdue"
    assert ask(world, overdue, status=405)["code"] == "invoices_not_overdue"
    assert ask(world, [], status=404)["code"] == "invoice_not_found"
    assert ask(world, overdue, status=404, external_customer_id="who")["code"] == "customer_not_found"
    assert world.get("/payment_requests")["payment_requests"] == []
