"""What the pages say, in whose words; what they do, by the services that the API calls."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from billing_site import schedule
from billing_site.core import tasks
from billing_site.core.models import Activity
from billing_site.portal.pages import usage
from billing_site.portal.visits import visit_of
from credits.models import WalletTransaction
from customers.models import Customer
from customers.selectors import portal_links
from customers.services import customers
from invoicing.models import Invoice
from plans.models import Subscription
from plans.selectors.usage import UsageScope, current_usage
from plans.selectors.usage_by_day import usage_by_day
from plans.selectors.usage_terms import active, charges_of
from tests.billing_site.portal.conftest import NOW

PAGES = ("home", "usage", "invoices", "documents", "methods", "credits", "plans", "details")
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_script_or_inline_style(guest, name):
    answer = guest.see(name)

    assert b"<script" not in answer.content
    assert not re.search(rb"<[^>]*\s(style|on\w+)=", answer.content)


def test_the_overview_says_what_is_owed_and_what_comes_next(guest):
    owed = Invoice.objects.filter(customer=guest.customer, payment_status="pending")
    cents = sum(row.total_due_amount_cents for row in owed)

    shown = text(guest.see("home"))

    assert f"€{cents / 100:,.2f}" in shown
    assert "Next invoice" in shown
    assert "€5.50" in shown or "Main" in shown


def test_an_invoice_is_shown_line_by_line_and_as_a_pdf(guest):
    invoice = Invoice.objects.filter(customer=guest.customer, status="finalized").latest("pk")

    shown = guest.see("invoice", lago_id=invoice.lago_id)
    document = guest.see("invoice-pdf", lago_id=invoice.lago_id)

    assert invoice.number in text(shown)
    assert b"".join(document.streaming_content).startswith(b"%PDF")
    assert document["Cache-Control"] == "no-store, private"


def test_receipts_are_listed_and_are_pdfs(guest):
    [receipt] = re.findall(r"receipts/([0-9a-f-]{36})/pdf", guest.see("documents").content.decode())

    assert b"".join(guest.see("receipt-pdf", lago_id=receipt).streaming_content).startswith(b"%PDF")


def test_drafts_are_not_told_of(guest):
    customers.upsert(guest.customer.external_id, now=NOW, invoice_grace_period=5)
    later = NOW + timedelta(days=11)
    guest.clock.move_to(later)
    schedule.tick(now=later)
    guest.client.get(urlsplit(portal_links.address(guest.customer, now=later)).path)

    draft = Invoice.objects.get(customer=guest.customer, status="draft")

    guest.see("invoice", status=404, lago_id=draft.lago_id)
    assert str(draft.lago_id) not in guest.see("invoices").content.decode()


def test_days_add_up_to_what_is_billed(company):
    for subscription in Subscription.objects.filter(status="active"):
        found = active(subscription.customer.external_id, subscription.external_id)
        billed = current_usage(found, UsageScope(charges_of(found)), now=NOW)

        [told] = usage_by_day(
            [Subscription.objects.select_related("customer", "plan").get(pk=subscription.pk)], now=NOW
        )

        assert told.cents == billed.amount_cents > 0
        assert told.period == billed.period
        for item, (charge, rated) in zip(told.charges, billed.rated, strict=True):
            assert item.charge.pk == charge.pk
            assert sum(step.cents for step in item.steps) == item.cents == sum(row.amount_cents for row in rated)
            assert sum(step.units for step in item.steps) == item.units == sum(row.units_now for row in rated)
        assert [step.first.day for step in told.charges[0].steps] == list(range(1, 21))


def test_usage_is_told_with_its_days_in_words(guest):
    shown = guest.see("usage").content.decode()
    [panel] = usage.panels(visit_of(guest.customer, now=NOW))

    assert f'aria-label="{panel.cost.summary}"' in shown
    assert panel.cost.rectangles
    assert panel.amount in shown
    assert "Past periods" in shown


def test_queries_do_not_depend_on_how_much_a_customer_has(guest, django_assert_max_num_queries):
    for name in PAGES:
        with django_assert_max_num_queries(60):
            guest.see(name)


def test_a_customer_changes_its_details_in_its_own_name(guest):
    given = {
        "name": "New & Co", "legal_name": "New Co SARL", "tax_identification_number": "FR12345678901", "phone": "1",
        "email": "a@example.com, b@example.com", "city": "Nantes", "country": "fr", "document_locale": "fr",
        "shipping_city": "Brest",
    }  # fmt: skip

    answer = guest.do("details", given)

    assert answer["Location"].endswith("?said=saved")
    changed = Customer.objects.get(pk=guest.customer.pk)
    assert (changed.name, changed.city, changed.country, changed.document_locale) == ("New & Co", "Nantes", "FR", "fr")
    assert changed.shipping_address["city"] == "Brest"
    told = Activity.objects.filter(type="customer.updated").latest("id")
    assert (told.actor_kind, told.actor_id) == ("customer", str(guest.customer.lago_id))


@pytest.mark.parametrize(
    "field, value",
    [
        ("email", "nonsense"), ("country", "QQ"), ("name", "x" * 256), ("shipping_country", "??"), ("city", "a\0b"),
        ("document_locale", "xx"), ("email", ",".join(["a@example.com"] * 90)),
    ],
)  # fmt: skip
def test_wrong_details_change_nothing_and_are_marked(guest, field, value):
    before = Customer.objects.filter(pk=guest.customer.pk).values().get()

    answer = guest.do("details", {"name": "Other", field: value}, status=422)

    assert b'aria-invalid="true"' in answer.content or field == "document_locale"
    assert Customer.objects.filter(pk=guest.customer.pk).values().get() == before


def test_a_customer_cannot_change_what_is_not_its_own_to_change(guest):
    before = Customer.objects.get(pk=guest.customer.pk)

    guest.do("details", {"currency": "USD", "net_payment_term": "900", "external_id": "x", "tax_codes": "none"})

    after = Customer.objects.get(pk=guest.customer.pk)
    assert (after.currency, after.net_payment_term, after.external_id) == (before.currency, None, before.external_id)
    assert after.taxes.count() == 2


def test_nothing_of_a_customer_s_text_is_executed(guest):
    guest.do("details", {"name": EVIL, "city": EVIL, "legal_name": EVIL})

    for name in PAGES:
        shown = guest.see(name).content.decode()
        assert EVIL not in shown
        assert "<script" not in shown
        assert "<img" not in shown
    assert "&lt;script&gt;" in guest.see("home").content.decode()


def test_credits_are_bought_and_wait_for_their_invoice(guest):
    [wallet] = re.findall(r"credits/([0-9a-f-]{36})/top-up", guest.see("credits").content.decode())

    answer = guest.do("top-up", {"amount": "12,50"}, lago_id=wallet)

    assert answer["Location"].endswith("?said=topped_up")
    entry = WalletTransaction.objects.get(transaction_status="purchased")
    assert (entry.amount_cents, entry.status) == (1_250, "pending")
    assert Invoice.objects.get(lago_id=entry.invoice_id).total_amount_cents == 1_250
    tasks.pump_at(NOW)
    assert Invoice.objects.filter(invoice_type="credit").count() == 1
    assert "Waits for payment" in text(guest.see("credits"))


@pytest.mark.parametrize("amount", ["", "0", "-5", "abc", "NaN", "Infinity", "1e400", "0.001", "9" * 30, "1\0", "١"])
def test_wrong_amounts_buy_nothing(guest, amount):
    [wallet] = re.findall(r"credits/([0-9a-f-]{36})/top-up", guest.see("credits").content.decode())

    if amount == "١":  # digits are digits in every script
        guest.do("top-up", {"amount": amount}, lago_id=wallet)
        assert WalletTransaction.objects.get(transaction_status="purchased").amount_cents == 100
        return
    answer = guest.do("top-up", {"amount": amount}, status=422, lago_id=wallet)

    assert b'role="alert"' in answer.content
    assert not WalletTransaction.objects.filter(transaction_status="purchased").exists()


def test_plans_say_their_prices_as_a_person_would(guest):
    shown = text(guest.see("plans"))

    assert "Growth" in shown
    assert "€99.99 a month" in shown
    assert "0 to 3: €0.333 each" in shown
    assert "from 4 on: €0.10 each + €1.00 once" in shown
    assert "€0.0755 each" in shown


def test_pages_that_are_no_numbers_are_the_nearest_there_is(guest):
    for query in ("?page=abc", "?page=-1", "?page=99999999999999999999", "?page=%00", "?said=%00<b>"):
        assert b"<b>" not in guest.see("invoices", query=query).content
