"""Documents are rendered when first needed and stored for good; a run never waits for them."""

import hashlib
import re
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from billing_site.core.errors import NotAllowed
from invoicing.documents import context, pdf
from invoicing.models import Invoice, InvoiceDocument
from invoicing.selectors import documents

PDF = "application/pdf"
FINAL = (Invoice.Status.FINALIZED, Invoice.Status.VOIDED)


class IsDraft(NotAllowed):
    code = "is_draft"


def provide(invoice: Invoice, *, now: datetime) -> InvoiceDocument:
    """
    Return the stored PDF of a final invoice, and make it if there is none that shows the invoice as it is.

    Rendering and storing the file happen outside of any transaction. Two who render at once get the same document: the
    one whose row came first; the other file is removed.

    :raises IsDraft: (405) if the invoice is not final
    """
    invoice = documents.whole(invoice.pk)
    if invoice.status not in FINAL:
        raise IsDraft
    return documents.current(invoice) or _keep(invoice, now)


def preview(invoice: Invoice) -> bytes:
    """Return the PDF of an invoice as it is, unsaved; a draft says that it is one."""
    return pdf.render_invoice(context.invoice_page(documents.whole(invoice.pk)))


def filename(invoice: Invoice) -> str:
    """Return what the file is called when it is mailed or saved."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', invoice.number).strip('-') or 'invoice'}.pdf"


def _keep(invoice: Invoice, now: datetime) -> InvoiceDocument:
    content = pdf.render_invoice(context.invoice_page(invoice))
    path = default_storage.save(f"invoices/{now:%Y/%m}/{invoice.lago_id}.pdf", ContentFile(content))
    document = _record(invoice, path, content, now)
    if document.path != path:
        default_storage.delete(path)
    return document


@transaction.atomic
def _record(invoice: Invoice, path: str, content: bytes, now: datetime) -> InvoiceDocument:
    invoice = Invoice.objects.lock(invoice.pk)
    if found := documents.current(invoice):
        return found
    document: InvoiceDocument = InvoiceDocument.objects.create(
        invoice=invoice,
        version=invoice.documents.count() + 1,
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        created_at=now,
        updated_at=now,
    )
    return document
