"""Lists as files: the rows that are shown, numbers as numbers, no formulas, no secrets, however many rows."""

import csv
import io
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing_site.core.admin import exports
from customers.models import Customer
from customers.services import customers
from invoicing.models import Invoice

from .conftest import NOW

MOST_QUERIES = 12


def download(client, model, query=""):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_export"
    answer = client.get(reverse(name) + query)
    assert answer.status_code == 200, model
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_rows_that_are_shown_are_in_the_file_with_amounts_as_numbers(company):
    rows = download(company, Invoice, "?currency=JPY")

    shown = Invoice.objects.filter(currency="JPY").order_by("-pk")
    assert [row["number"] for row in rows] == [invoice.number for invoice in shown] != []
    assert [Decimal(row["total_amount"]) for row in rows] == [invoice.total_amount_cents for invoice in shown]
    assert rows[0]["customer_external_id"] == shown[0].customer.external_id


def test_search_narrows_the_file_as_it_narrows_the_list(company):
    assert [row["name"] for row in download(company, Customer, "?q=Blue Heron")] == ["Blue Heron Logistics"]
    assert download(company, Customer, "?q=nobody at all") == []


@pytest.mark.parametrize(
    "_case, value, written",
    [
        ("a formula", "=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("a sum", "+1+1", "'+1+1"),
        ("a command", "@SUM(A1)", "'@SUM(A1)"),
        ("text that begins with a minus", "-2+3", "'-2+3"),
        ("a tab before it", "\t=1", "'\t=1"),
        ("a return before it", "\r=1", "'\r=1"),
        ("a negative number", Decimal("-2.50"), "-2.50"),
        ("a number with an exponent", Decimal("1E+3"), "1000"),
        ("plain text", "Acme, Inc.", "Acme, Inc."),
        ("nothing", None, ""),
        ("a list", ["=1"], '["=1"]'),
    ],
)
def test_a_cell(_case, value, written):
    assert exports.cell(value) == written


def test_a_customer_cannot_put_a_formula_into_the_file(company):
    customers.upsert("=1+1", now=NOW, name="=cmd|' /C calc'!A0")

    [row] = download(company, Customer, "?q=%3Dcmd")

    assert (row["name"], row["external_id"]) == ("'=cmd|' /C calc'!A0", "'=1+1")


def test_every_list_can_be_downloaded_without_secrets_and_asks_no_more_for_more_rows(company):
    for model in admin.site._registry:
        with CaptureQueriesContext(connection) as queries:
            rows = download(company, model)
        assert len(queries) <= MOST_QUERIES, (model, len(queries))
        assert not [name for name in (rows[0] if rows else ()) if exports.SECRET.search(name)], model


def test_who_may_not_see_a_list_cannot_download_it(company):
    company.logout()

    assert company.get(reverse("admin:customers_customer_export")).status_code == 302
