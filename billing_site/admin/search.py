"""
The one search box: customers, subscriptions, invoices, credit notes and payments by any of their numbers and names.

Each question is answered by an index (migrations named `search`), so that it is quick with a million invoices.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from billing_site.core.admin.base import SEE_ALL
from billing_site.core.admin.panels import page_address
from billing_site.core.admin.searching import clean
from billing_site.core.admin.shown import shown_day, shown_money
from customers.models import Customer
from customers.selectors import search as customer_search
from invoicing.models import CreditNote, Invoice, Payment
from plans.models import Plan, Subscription

MOST = 6  # of each kind
SHORTEST = 2
OF_CUSTOMERS = 3  # whose invoices and subscriptions are shown with them


def search(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return what is found, for who may see the books."""
    term = clean(term)
    if len(term) < SHORTEST or not request.user.has_perm(SEE_ALL):  # type: ignore[union-attr]
        return []
    return list(_by_id(term) or _by_words(term))


def _by_id(term: str) -> list[SearchResult]:
    try:
        mark = UUID(term)
    except ValueError:
        return []
    kinds = (Customer, Subscription, Invoice, CreditNote, Payment, Plan)
    return [_said(row) for kind in kinds for row in _rows(kind.objects.filter(lago_id=mark))]


def _by_words(term: str) -> Iterator[SearchResult]:
    customers = customer_search.found(term, most=MOST)
    yield from (_said(customer) for customer in customers)
    theirs = customers[:OF_CUSTOMERS]
    named = Q(external_id__istartswith=term) | Q(name__istartswith=term)
    yield from _both(Subscription.objects.filter(named), Subscription.objects.filter(customer__in=theirs))
    newest = Invoice.objects.filter(customer__in=theirs).order_by("-issuing_date", "-id")
    yield from _both(Invoice.objects.filter(number__istartswith=term), newest)
    yield from (_said(row) for row in _rows(CreditNote.objects.filter(number__istartswith=term)))
    yield from (_said(row) for row in _rows(Payment.objects.filter(reference__istartswith=term)))
    plans = Plan.objects.live().filter(Q(name__istartswith=term) | Q(code__istartswith=term), parent=None)
    yield from (_said(row) for row in plans[:MOST])


def _both(named: "QuerySet[Any]", theirs: "QuerySet[Any]") -> Iterator[SearchResult]:
    """Yield what is named like that, then what belongs to the customers found, each once."""
    rows = {row.pk: row for row in (*_rows(named), *_rows(theirs))}
    yield from (_said(row) for row in list(rows.values())[:MOST])


def _rows(found: "QuerySet[Any]") -> "QuerySet[Any]":
    has_customer = any(field.name == "customer" for field in found.model._meta.fields)
    return (found.select_related("customer") if has_customer else found)[:MOST]


def _said(row: Any) -> SearchResult:
    title, about, icon = _WORDS[type(row)](row)
    return SearchResult(title=title, description=about, link=page_address(row), icon=icon)


_WORDS: dict[type[Any], Any] = {
    Customer: lambda row: (str(row), f"Customer {row.external_id}{f', {row.email}' if row.email else ''}", "groups"),
    Subscription: lambda row: (
        str(row),
        f"Subscription of {row.customer}, {row.get_status_display()}",
        "autorenew",
    ),
    Invoice: lambda row: (
        str(row),
        f"Invoice of {row.customer}, {shown_day(row.issuing_date)},"
        f" {shown_money(row.total_amount_cents, row.currency)}",
        "receipt_long",
    ),
    CreditNote: lambda row: (str(row), f"Credit note of {row.customer}", "assignment_return"),
    Payment: lambda row: (
        row.reference or str(row),
        f"Payment of {row.customer}, {shown_money(row.amount_cents, row.currency)}",
        "payments",
    ),
    Plan: lambda row: (row.name, "Plan", "sell"),
}
