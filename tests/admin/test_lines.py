"""Why is this bill so high: a line, stored or to come, opens to its days and events, against the period before."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.admin import line_pages
from invoicing.models import Fee
from plans.models import Subscription
from tests.admin.conftest import NOW

MOST_QUERIES = 25


def used(**about):
    rows = Fee.objects.filter(fee_type="charge", units__gt=0, invoice__status="finalized", **about)
    return rows.select_related("invoice", "subscription__plan", "charge").order_by("-to_at", "pk").first()


def panel(page, title):
    return next(panel for panel in page.main if panel.title == title)


def test_a_line_opens_to_days_and_events_that_add_up_to_its_units(company):
    fee = used(charge__billable_metric__aggregation_type="count_agg") or used(
        charge__billable_metric__aggregation_type="sum_agg"
    )
    page = line_pages.page(fee, zone=fee.invoice.timezone)

    assert sum(map(Decimal, panel(page, "Units by day").series["Units"])) == fee.units
    assert panel(page, "Events").rows

    address = reverse("admin:invoicing_invoice_line", args=[fee.invoice_id, fee.pk])
    invoice = company.get(reverse("admin:invoicing_invoice_change", args=[fee.invoice_id])).content.decode()
    assert address in invoice
    with CaptureQueriesContext(connection) as queries:
        assert company.get(address).status_code == 200
    assert len(queries) <= MOST_QUERIES
    assert company.get(reverse("admin:invoicing_invoice_line", args=[10**9, fee.pk])).status_code == 404


def test_a_line_is_held_against_the_one_of_the_period_before(company):
    fee = used()
    before = Fee.objects.filter(charge_id=fee.charge_id, subscription_id=fee.subscription_id, to_at__lte=fee.from_at)
    rows = {row[0]: row[1:] for row in panel(line_pages.page(fee, zone="UTC"), "Against the period before").rows}

    assert before.exists() is bool(rows)
    if rows:
        assert rows["Comes to"][0].endswith(f"{before.latest('to_at').amount_cents / 100:,.2f}")


def test_the_next_invoice_is_seen_at_any_day_and_its_lines_open(company):
    row = Subscription.objects.filter(status="active", trial_ends_at=None).order_by("pk").first()
    page = reverse("admin:customers_customer_change", args=[row.customer_id])
    later = (NOW + timedelta(days=90)).date().isoformat()

    now, then = company.get(page).content.decode(), company.get(page, {"on": later}).content.decode()
    assert 'name="on"' in now
    assert "On 1 September 2026" in then or "August 2026" in then
    line = reverse("admin:invoicing_upcoming_line", args=[row.pk, 0])
    assert line in now
    assert f"{line}?on={later}" in then
    assert "Against the period before" in company.get(line).content.decode()
    assert company.get(f"{line}?on={later}").status_code == 200
    assert company.get(reverse("admin:invoicing_upcoming_line", args=[row.pk, 99])).status_code == 404
    for wrong in ("x", "9999-12-31", "0001-01-01", "2026-13-01"):
        assert company.get(page, {"on": wrong}).status_code == 200
