"""One box finds customers, subscriptions, invoices and more, by any of their names and numbers, by indexes alone."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing_site.core.admin.searching import search
from customers.models import Customer
from customers.selectors import search as customer_search
from invoicing.models import Invoice
from plans.models import Subscription

MOST_QUERIES = 25


def find(client, term):
    answer = client.get(reverse("admin:search"), {"s": term, "extended": "1"})
    assert answer.status_code == 200
    return answer.content.decode()


def address(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize(
    "_case, term",
    [
        ("how the name begins", "blue her"),
        ("a word within the name", "Logistics"),
        ("words in any order", "logistics blue"),
        ("the id", "blue-heron"),
        ("the mail address", "billing@blue-heron"),
        ("a word of the mail address", "heron example"),
    ],
)
def test_a_customer_is_found_with_what_is_theirs_by(company, _case, term):
    customer = Customer.objects.get(name="Blue Heron Logistics")

    found = find(company, term)

    assert address(customer) in found
    assert all(address(row) in found for row in (*customer.subscriptions.all(), *customer.invoices.all()[:2]))


def test_invoices_and_subscriptions_are_found_by_number_and_id_whatever_the_case(company):
    invoice, subscription = Invoice.objects.exclude(number="").first(), Subscription.objects.first()

    assert address(invoice) in find(company, invoice.number.lower())
    assert address(invoice) in find(company, str(invoice.lago_id))
    assert address(subscription) in find(company, subscription.external_id.upper())
    assert "No results" in find(company, "nothing is called like this")


@pytest.mark.parametrize("term", ["\x00", "a\x00b", "%%", "'; --", "(((", ":*", "&|!", "\\", "é" * 300, "x"])
def test_whatever_is_typed_is_no_error(company, term):
    find(company, term)
    assert company.get(reverse("admin:invoicing_invoice_changelist"), {"q": term}).status_code == 200


def test_a_search_asks_as_much_whatever_there_is_and_nothing_for_who_may_not_see(company):
    with CaptureQueriesContext(connection) as queries:
        find(company, "blue")
    assert len(queries) <= MOST_QUERIES

    clerk = get_user_model().objects.create_user("clerk", password="a long password", is_staff=True)
    other = Client()
    other.force_login(clerk)
    assert "Blue Heron" not in find(other, "blue")
    clerk.groups.add(Group.objects.get(name="Viewer"))
    assert "Blue Heron" in find(other, "logistics")


def test_the_indexes_serve_what_is_asked(company):
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_indexscan = off")
        # Of a dozen customers any index finds the right one; of many only that of their words.
        cursor.execute("DROP INDEX customer_external_id_unique")
    try:
        plans = [
            rows.explain()
            for rows in (
                search(Invoice.objects.all(), ["number__istartswith", "customer__name__istartswith"], "bri"),
                Subscription.objects.filter(external_id__istartswith="blue"),
                Customer.objects.filter(email__istartswith="billing@blue"),
            )
        ]
        with CaptureQueriesContext(connection) as queries:
            customer_search.found("logistics", most=5)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {queries[-1]['sql']}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan; RESET enable_indexscan")

    wanted = ["invoice_number_begins", "subscription_external_id_begins", "customer_email_begins", "customer_words"]
    assert [(name, plan) for name, plan in zip(wanted, plans, strict=True) if name not in plan] == []
