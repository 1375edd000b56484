"""All that happens in a small company is told, and each webhook has the shape that the API's document gives it."""

import io
import re

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from billing_site.core import dispatch
from billing_site.core.models import Activity, Organization
from tests.api.document import told_faults
from tests.api.world import World
from tests.databases import KEY
from tests.house.source import ROOT
from tests.webhooks.conftest import NOW
from webhooks import catalogue
from webhooks.models import Webhook
from webhooks.services import deliveries, endpoints

NAME = re.compile(r"`([a-z_.]+)`")
# What only time or a run of billing brings about is told in the same way; these are seen here.
SEEN = {
    "billable_metric.created", "billable_metric.deleted", "billable_metric.updated", "customer.created",
    "customer.updated", "credit_note.created", "credit_note.generated",
    "invoice.generated", "feature.created", "feature.deleted", "feature.updated", "fee.created",
    "invoice.created", "invoice.deleted", "invoice.drafted", "invoice.one_off_created", "invoice.paid_credit_added",
    "invoice.payment_dispute_lost",
    "payment.succeeded", "payment_receipt.created", "payment_request.created",
    "invoice.payment_status_updated", "invoice.voided", "plan.created", "plan.deleted",
    "plan.updated", "subscription.started", "subscription.terminated", "subscription.updated", "wallet.created",
    "wallet.terminated", "wallet.updated", "wallet_transaction.created", "wallet_transaction.updated",
}  # fmt: skip


@pytest.fixture
def told(company, receiver):
    """What a receiver was told of a company in which much has happened."""
    with time_machine.travel(NOW, tick=False):
        endpoints.create(now=NOW, webhook_url=receiver.url)
        world = World(KEY)
        world.build()
        for method, path, body in MUCH:
            answer = world.send(method, world.filled(path), world.filled(body))
            assert answer.status_code == 200, (path, answer.content)
            call_command("drain", stdout=io.StringIO())
        while deliveries.deliver_due(now=timezone.now()):
            pass
    return receiver.received


MUCH = [
    ("PUT", "billable_metrics/requests", {"billable_metric": {"name": "Calls"}}),
    ("POST", "customers", {"customer": {"external_id": "cust", "name": "Ann"}}),
    ("PUT", "features/seats", {"feature": {"name": "Seats"}}),
    ("DELETE", "features/seats", {}),
    ("PUT", "plans/pro", {"plan": {"name": "Pro two"}}),
    ("PUT", "subscriptions/sub", {"subscription": {"name": "Main"}}),
    ("DELETE", "invoices/${draft}", {}),
    ("POST", "payments", {"payment": {"invoice_id": "${one_off}", "amount_cents": 40, "reference": "transfer"}}),
    (
        "POST",
        "payment_requests",
        {
            "payment_request": {
                "external_customer_id": "cust",
                "email": "a@example.com",
                "lago_invoice_ids": ["${overdue}"],
            }
        },
    ),
    ("PUT", "invoices/${invoice}", {"invoice": {"payment_status": "failed"}}),
    ("POST", "invoices/${invoice}/lose_dispute", {}),
    ("POST", "wallet_transactions", {"wallet_transaction": {"wallet_id": "${wallet}", "paid_credits": "10"}}),
    ("DELETE", "wallets/${wallet}", {}),
    ("DELETE", "subscriptions/sub", {}),
    ("POST", "invoices/${one_off}/void", {}),
    ("POST", "invoices/${invoice}/download", {}),
    ("POST", "credit_notes/${credit_note}/download", {}),
    ("DELETE", "billable_metrics/calls", {}),
    ("DELETE", "plans/pro", {}),
]


def test_all_that_happened_is_told_with_the_object_under_its_name(told):
    organization = str(Organization.objects.get().lago_id)

    assert not Activity.objects.exclude(state="done").exists()
    assert SEEN - {item.json["webhook_type"] for item in told} == {"wallet_transaction.updated"}
    for item in told:
        body = item.json
        assert body["organization_id"] == organization
        assert set(body) == {"webhook_type", "object_type", "organization_id", body["object_type"]}
        assert told_faults(body) == []
    assert len(told) == Webhook.objects.count() == len({item.headers["webhook-id"] for item in told})


def test_nested_parts_are_those_that_lago_sends(told):
    def parts(webhook_type):
        found = next(item.json for item in told if item.json["webhook_type"] == webhook_type)
        return set(found[found["object_type"]])

    whole = {"customer", "subscriptions", "billing_periods", "fees", "credits", "applied_taxes", "error_details"}
    assert whole <= parts("invoice.created")
    assert {"plan", "customer", "entitlements"} <= parts("subscription.started")
    assert {"wallet"} <= parts("wallet_transaction.created")
    assert {"customer", "items", "applied_taxes"} <= parts("credit_note.created")
    assert {"invoice", "provider_error"} <= parts("invoice.payment_dispute_lost")
    assert {"charges", "taxes", "entitlements"} <= parts("plan.created")


def test_the_readme_says_why_a_type_is_never_told():
    reasons = (ROOT / "webhooks/README.md").read_text().partition("## What is never told")[2].partition("\n## ")[0]

    listed = {name for row in reasons.splitlines() if row.startswith("| `") for name in NAME.findall(row.split("|")[1])}
    assert listed == catalogue.OTHER_TYPES


def test_each_type_is_made_of_one_activity_alone():
    types = [name for source in catalogue.SOURCES.values() for name in source.types]

    assert len(types) == len(set(types))
    assert set() == catalogue.TYPES & catalogue.OTHER_TYPES


def test_while_an_endpoint_wants_one_type_only_its_activity_waits(company):
    endpoints.create(now=NOW, webhook_url="http://127.0.0.1:9/", event_types=["invoice.paid_credit_added"])

    assert dispatch.has_reactions("invoice.drafted") is False
    assert catalogue.told_as(frozenset(["invoice.paid_credit_added"])) == {"invoice.finalized"}
