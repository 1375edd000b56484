"""Invoices and the like as rows of pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from billing_site.portal.visits import Visit
from invoicing.models import Invoice

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class State:
    """A word about something, and whether it is `good` news, `bad`, waits (`open`) or is none (`quiet`)."""

    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    number: str
    address: str
    document: str
    issued: str
    state: State
    total: str
    due: str  # empty where nothing is
    pay: str  # where it is paid, empty where it is not


def invoice_rows(visit: Visit, invoices: Sequence[Invoice], *, can_pay: bool) -> list[InvoiceRow]:
    """Return invoices as the pages list them."""
    return [_row(visit, invoice, can_pay and is_payable(invoice)) for invoice in invoices]


def is_payable(invoice: Invoice) -> bool:
    """Test if something is due of an invoice by its customer."""
    is_final = invoice.status == Invoice.Status.FINALIZED and not invoice.self_billed
    is_paid = invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED
    return is_final and not is_paid and invoice.total_due_amount_cents > 0


def state_of(visit: Visit, invoice: Invoice) -> State:
    """Return how it stands with the payment of an invoice."""
    words = visit.words
    if invoice.status == Invoice.Status.VOIDED:
        return State(words.void, "quiet")
    if not is_payable(invoice):
        return State(words.paid, "good")
    if invoice.payment_overdue:
        return State(words.overdue_since.format(day=visit.day(invoice.payment_due_date)), "bad")
    return State(words.due_on.format(day=visit.day(invoice.payment_due_date)), "open")


def _row(visit: Visit, invoice: Invoice, may_pay: bool) -> InvoiceRow:  # noqa: FBT001 - said by its one caller
    due = invoice.total_due_amount_cents if is_payable(invoice) else 0
    return InvoiceRow(
        number=str(invoice),
        address=visit.address("invoice", lago_id=invoice.lago_id),
        document=visit.address("invoice-pdf", lago_id=invoice.lago_id),
        issued=visit.day(invoice.issuing_date),
        state=state_of(visit, invoice),
        total=visit.amount(invoice.total_amount_cents, invoice.currency),
        due=visit.amount(due, invoice.currency) if due else "",
        pay=visit.address("pay-invoice", lago_id=invoice.lago_id) if may_pay else "",
    )


def paged(request: HttpRequest, rows: Any) -> "Page[Any]":
    """Return the page that is asked for, the nearest there is."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
