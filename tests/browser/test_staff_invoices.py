"""A bill explained, lines given back, the next invoice at a day, drafts made final: clicks counted, books looked at."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invoicing.models import CreditNote, Fee, Invoice
from plans.models import Subscription

pytestmark = pytest.mark.browser


def test_a_high_bill_is_explained_with_two_clicks_from_the_customers_page(person):
    fee = Fee.objects.filter(fee_type="charge", amount_cents__gt=0, invoice__status="finalized").latest("to_at", "pk")
    invoice = fee.invoice
    person.open_object(invoice.customer)
    person.clicks += 1
    person.page.locator('[data-panel="Invoices"]').get_by_role("link", name=str(invoice), exact=True).first.click()
    person.sees("Open a line to see why")
    person.picture("invoice-with-lines")
    person.clicks += 1
    person.page.locator('[data-panel="Lines"]').get_by_role("link", name=str(fee)).first.click()

    person.sees("Against the period before")
    person.sees("Units by day")
    assert person.clicks <= 2
    person.picture("line-explained")


def test_a_line_is_given_back_with_three_clicks(person):
    rows = Invoice.objects.filter(status="finalized", credit_notes=None, fees__amount_cents__gt=100)
    invoice = rows.exclude(invoice_type="credit").order_by("pk").first()
    fee = invoice.fees.filter(amount_cents__gt=100).order_by("pk").first()
    person.open_object(invoice)
    person.press("Credit or refund")
    person.choose(str(fee))
    person.page.locator("#rehearsal").get_by_text("Credit note").first.wait_for()
    person.picture("credit-invoice")
    person.press("Makes good for an outage")

    person.sees("is given back by credit note")
    assert person.clicks <= 3
    assert [item.fee_id for item in CreditNote.objects.get(invoice=invoice).items.all()] == [fee.pk]


def test_the_next_invoice_is_seen_at_a_day_with_two_clicks(person):
    row = Subscription.objects.filter(status="active", trial_ends_at=None).order_by("pk").first()
    later = timezone.now() + timedelta(days=70)
    person.open_object(row.customer)
    person.clicks += 1
    with person.page.expect_navigation():
        person.page.get_by_label("From a day on").fill(f"{later:%Y-%m-%d}")
    person.sees("with the usage so far")
    person.picture("next-invoice-at-a-day")
    person.clicks += 1
    person.page.locator('[data-panel="Next invoice"]').get_by_role("link").first.click()
    person.sees("Against the period before")
    assert person.clicks <= 2
