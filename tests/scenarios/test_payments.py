"""Payments recorded by hand: whole, in part, refused; what they settle, and their receipts."""

import io

import pytest
from django.core.management import call_command
from pypdf import PdfReader

from billing_site.core.models import Activity, Email
from customers.models import Customer
from invoicing.models import Fee, Invoice, Payment, PaymentReceipt


@pytest.fixture
def invoice(world):
    """100.00 for an add-on, to be paid at once."""
    world.travel_to("2024-03-01T10:00:00Z")
    world.put("/organizations", {"organization": {"email_settings": ["payment_receipt.created"]}})
    add_on = {"name": "Setup", "code": "setup", "amount_cents": 10_000, "amount_currency": "EUR"}
    world.post("/add_ons", {"add_on": add_on})
    customer = {"external_id": "cust", "currency": "EUR", "name": "Ada & Co", "email": "ada@example.com"}
    world.post("/customers", {"customer": customer})
    return sell(world)


def sell(world, **more):
    body = {"external_customer_id": "cust", "fees": [{"add_on_code": "setup"}], **more}
    return world.post("/invoices", {"invoice": body})["invoice"]


def shown(world, invoice):
    return world.get(f"/invoices/{invoice['lago_id']}")["invoice"]


def money_of(invoice):
    return tuple(
        invoice[name] for name in ("payment_status", "total_paid_amount_cents", "total_due_amount_cents")
    )  # fmt: skip


def test_an_invoice_is_paid_in_parts_and_then_no_more(world, invoice):
    first = world.pay(invoice, 4_000, paid_at="2024-02-28")["payment"]
    assert money_of(shown(world, invoice)) == ("pending", 4_000, 6_000)
    assert (first["payment_status"], first["type"], first["reference"]) == ("succeeded", "manual", "transfer")
    assert (first["invoice_ids"], first["invoice_numbers"]) == ([invoice["lago_id"]], [invoice["number"]])
    assert first["created_at"] == "2024-02-28T00:00:00Z"

    too_much = world.pay(invoice, 6_001, status=422)
    world.pay(invoice, 6_000)

    assert too_much["error_details"] == {"amount_cents": ["greater_than"]}
    assert money_of(shown(world, invoice)) == ("succeeded", 10_000, 0)
    assert Fee.objects.get().payment_status == "succeeded"
    assert world.pay(invoice, 1, status=422)["error_details"] == {"amount_cents": ["greater_than"]}
    told = Activity.objects.filter(type="invoice.payment_status_updated")
    assert [row.changes["payment_status"] for row in told] == [["pending", "succeeded"]]
    assert world.get("/customers/cust/payments")["meta"]["total_count"] == 2
    call_command("audit_books")


@pytest.mark.parametrize(
    ("case", "change", "status", "code"),
    [
        ("nothing", {"amount_cents": 0}, 422, {"amount_cents": ["invalid_value"]}),
        ("less than nothing", {"amount_cents": -5}, 422, {"amount_cents": ["invalid_value"]}),
        ("without a reference", {"reference": ""}, 422, {"reference": ["value_is_mandatory"]}),
        ("a long reference", {"reference": "x" * 41}, 422, {"reference": ["value_is_too_long"]}),
        ("a day that is none", {"paid_at": "soon"}, 422, {"paid_at": ["invalid_date"]}),
        ("an unknown invoice", {"invoice_id": "00000000-0000-0000-0000-000000000000"}, 404, None),
    ],
)  # fmt: skip
def test_what_is_no_payment_is_refused(world, invoice, case, change, status, code):
    assert world.pay(invoice, status=status, **change).get("error_details") == code, case
    assert money_of(shown(world, invoice)) == ("pending", 0, 10_000)


def test_a_draft_is_not_paid(world, invoice):
    world.put(f"/invoices/{invoice['lago_id']}", {"invoice": {"payment_status": "failed"}})
    world.post(f"/invoices/{invoice['lago_id']}/void", {})

    assert world.pay(invoice, status=403)["code"] == "forbidden"


def test_an_integrator_s_word_is_a_status_and_no_money(world, invoice):
    path = f"/invoices/{invoice['lago_id']}"

    said = world.put(path, {"invoice": {"payment_status": "succeeded"}})["invoice"]
    world.put(path, {"invoice": {"payment_status": "failed"}})
    world.pay(invoice)

    assert money_of(said) == ("succeeded", 0, 10_000)
    assert money_of(shown(world, invoice)) == ("succeeded", 10_000, 0)
    refused = world.put(path, {"invoice": {"payment_status": "failed"}}, status=422)
    assert refused["error_details"] == {"payment_status": ["value_is_invalid"]}


def test_what_a_note_sets_off_is_not_paid_any_more(world, invoice):
    items = [{"fee_id": invoice["fees"][0]["lago_id"], "amount_cents": 2_500}]
    note = {"invoice_id": invoice["lago_id"], "items": items, "offset_amount_cents": 2_500}
    world.post("/credit_notes", {"credit_note": note})

    world.pay(invoice, 7_501, status=422)
    world.pay(invoice, 7_500)

    assert money_of(shown(world, invoice)) == ("succeeded", 7_500, 0)
    call_command("audit_books")


def test_each_payment_has_a_receipt_that_is_mailed_once(world, invoice):
    world.pay(invoice, 4_000)
    world.pay(invoice, 6_000)
    call_command("drain")
    call_command("drain")

    receipts = world.get(f"/payment_receipts?invoice_id={invoice['lago_id']}")["payment_receipts"]
    assert [row["number"][-11:] for row in receipts] == ["RCPT-000002", "RCPT-000001"]
    assert [mail.attachments[0]["name"] for mail in Email.objects.order_by("pk")] == [
        f"{row['number']}.pdf" for row in reversed(receipts)
    ]
    shown = world.post(f"/payment_receipts/{receipts[0]['lago_id']}/download", {})["payment_receipt"]
    assert shown["payment"]["amount_cents"] == 6_000
    content = world.client.get(shown["file_url"]).getvalue()
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    for expected in (receipts[0]["number"], invoice["number"], "€60.00", "Ada & Co", "transfer"):
        assert expected in text
    address = f"/api/v1/payment_receipts/{receipts[0]['lago_id']}/resend_email"
    world.client.post(address, {"to": ["b@example.com"]}, content_type="application/json")
    assert Email.objects.latest("pk").recipients == ["b@example.com"]


def test_a_partner_gets_no_receipt(world, invoice):
    Customer.objects.update(account_type="partner")

    world.pay(invoice)

    assert (Payment.objects.count(), PaymentReceipt.objects.count()) == (1, 0)
    call_command("audit_books")


def test_credits_are_paid_whole_and_count_then(world, invoice):
    wallet = {"external_customer_id": "cust", "rate_amount": "1", "currency": "EUR", "paid_credits": "15",
              "invoice_requires_successful_payment": True}  # fmt: skip
    made = world.post("/wallets", {"wallet": wallet})["wallet"]
    call_command("drain")
    waits = Invoice.objects.get(status="open")
    asked = {"lago_id": str(waits.lago_id), "total_due_amount_cents": 1_500}

    part = world.pay(asked, 1_000, status=422)
    world.pay(asked)
    call_command("drain")

    assert part["error_details"] == {"amount_cents": ["invalid_amount"]}
    assert world.get(f"/wallets/{made['lago_id']}")["wallet"]["balance_cents"] == 1_500
    assert money_of(shown(world, asked)) == ("succeeded", 1_500, 0)
    call_command("audit_books")


def test_a_subscription_that_waits_for_its_payment_begins_with_it(world, invoice):
    plan = {"name": "Plan", "code": "plan", "interval": "monthly", "amount_cents": 3100, "amount_currency": "EUR",
            "pay_in_advance": True}  # fmt: skip
    world.post("/plans", {"plan": plan})
    body = {"external_customer_id": "cust", "external_id": "sub", "plan_code": "plan",
            "activation_rules": [{"type": "payment", "timeout_hours": 48}]}  # fmt: skip
    assert world.post("/subscriptions", {"subscription": body})["subscription"]["status"] == "incomplete"
    call_command("drain")

    world.pay(world.get("/invoices?invoice_type=subscription")["invoices"][0])
    call_command("drain")

    assert world.get("/subscriptions/sub")["subscription"]["status"] == "active"
    call_command("audit_books")
