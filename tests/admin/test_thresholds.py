"""What staff see of usage thresholds: on the plan, the subscription, and the invoice that one made."""

import json
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from billing_site import schedule
from invoicing.models import Invoice
from metering.services.ingestion import NewEvent, ingest
from tests import companies

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
THRESHOLDS = ({"amount_cents": 1000, "threshold_display_name": "First"}, {"amount_cents": 500, "recurring": True})


@pytest.fixture
def subscription(company):
    companies.catalogue(NOW)
    found = companies.metered(NOW, thresholds=THRESHOLDS)
    ingest([NewEvent("one", "metered", "data", NOW, json.dumps({"gigabytes": 1200}))], now=NOW)
    schedule.tick(now=NOW)
    return found


def page(company, row):
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return " ".join(company.get(reverse(name, args=[row.pk])).content.decode().replace("\xa0", " ").split())


def test_pages_say_what_is_reached_and_what_comes_next(company, subscription):
    invoice = Invoice.objects.get(invoice_type="progressive_billing")

    of_plan, of_subscription = page(company, subscription.plan), page(company, subscription)

    assert "each" in of_plan
    assert "First" in of_plan
    for words in ("Usage thresholds", "Reached", "First", "Next", "final, at a usage threshold"):
        assert words in of_subscription, words
    assert str(invoice) in of_subscription
