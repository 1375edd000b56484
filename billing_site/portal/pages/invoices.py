"""What has been invoiced, what of it is due, and its documents."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from billing_site.core import files
from billing_site.portal.pages.owed import can_pay, owed
from billing_site.portal.pages.shown import invoice_rows, is_payable, paged, state_of
from billing_site.portal.visits import Visit, page, show
from invoicing.documents.context import invoice_page
from invoicing.models import CreditNote, Invoice, PaymentReceipt
from invoicing.selectors import documents as printed
from invoicing.selectors import payments
from invoicing.services import documents
from invoicing.services.payments import receipt_documents

SEEN = (Invoice.Status.FINALIZED, Invoice.Status.VOIDED)


def invoices_of(visit: Visit) -> "QuerySet[Any]":
    """Return the customer's final invoices, newest first; drafts are not told of."""
    rows: QuerySet[Any] = Invoice.objects.filter(customer=visit.customer, status__in=SEEN)
    return rows.order_by("-issuing_date", "-id")


@require_safe
@page
def invoices(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """List the invoices."""
    found = paged(request, invoices_of(visit))
    context = {
        "rows": invoice_rows(visit, found.object_list, can_pay=can_pay(visit)),
        "page": found,
        "owed": owed(visit),
    }
    return show(request, visit, "invoices", context)


@require_safe
@page
def invoice(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Show one invoice, line by line, with what was paid of it and given back."""
    found = get_object_or_404(invoices_of(visit), lago_id=lago_id)
    whole = printed.whole(found.pk)
    receipts = payments.receipts().filter(payment__allocations__invoice=whole).distinct()
    context = {
        "invoice": invoice_rows(visit, [whole], can_pay=can_pay(visit))[0],
        "printed": invoice_page(whole),
        "state": state_of(visit, whole),
        "is_payable": is_payable(whole),
        "receipts": [receipt_row(visit, row) for row in receipts],
        "notes": [note_row(visit, row) for row in CreditNote.objects.filter(invoice=whole).order_by("-id")],
    }
    return show(request, visit, "invoice", context)


@require_safe
@page
def receipts_and_notes(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """List receipts and credit notes."""
    receipts = paged(request, payments.receipts().filter(payment__customer=visit.customer))
    notes = CreditNote.objects.filter(customer=visit.customer).order_by("-issuing_date", "-id")
    context = {
        "receipts": [receipt_row(visit, row) for row in receipts.object_list],
        "page": receipts,
        "notes": [note_row(visit, row) for row in notes[:100]],
    }
    return show(request, visit, "documents", context)


@require_safe
@page
def invoice_pdf(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Answer with an invoice's document."""
    found = get_object_or_404(invoices_of(visit), lago_id=lago_id)
    document = documents.provide(found, now=visit.now)
    return files.stored(document.path, name=documents.filename(found), content_type=documents.PDF)


@require_safe
@page
def note_pdf(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Answer with a credit note's document."""
    found = get_object_or_404(CreditNote.objects.filter(customer=visit.customer), lago_id=lago_id)
    document = documents.provide_note(found, now=visit.now)
    return files.stored(document.path, name=documents.filename(found), content_type=documents.PDF)


@require_safe
@page
def receipt_pdf(request: HttpRequest, visit: Visit, lago_id: UUID) -> HttpResponseBase:
    """Answer with a receipt's document."""
    rows = PaymentReceipt.objects.filter(payment__customer=visit.customer)
    found = receipt_documents.provide(get_object_or_404(rows, lago_id=lago_id), now=visit.now)
    return files.stored(found.path, name=receipt_documents.filename(found), content_type=documents.PDF)


def receipt_row(visit: Visit, receipt: PaymentReceipt) -> dict[str, str]:
    """Return a receipt as the pages list it."""
    payment = receipt.payment
    return {
        "number": receipt.number,
        "day": visit.day_of(payment.paid_at or payment.created_at),
        "amount": visit.amount(payment.amount_cents, payment.currency),
        "document": visit.address("receipt-pdf", lago_id=receipt.lago_id),
    }


def note_row(visit: Visit, note: CreditNote) -> dict[str, str]:
    """Return a credit note as the pages list it."""
    left = note.balance_amount_cents
    return {
        "number": note.number,
        "day": visit.day(note.issuing_date),
        "amount": visit.amount(note.total_amount_cents, note.currency),
        "left": visit.words.left_to_use.format(amount=visit.amount(left, note.currency)) if left else "",
        "document": visit.address("note-pdf", lago_id=note.lago_id),
    }
