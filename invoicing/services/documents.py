"""Documents are rendered when first needed and stored for good; a run never waits for them."""

import hashlib
import re
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed
from invoicing.documents import context, credit_notes, pdf
from invoicing.models import CreditNote, Invoice, StoredDocument
from invoicing.selectors import documents

PDF = "application/pdf"
Printed = Invoice | CreditNote
FINAL = (Invoice.Status.FINALIZED, Invoice.Status.VOIDED)


class IsDraft(NotAllowed):
    code = "is_draft"


def provide(invoice: Invoice, *, now: datetime) -> StoredDocument:
    """
    Return the stored PDF of a final invoice, and make it if there is none that shows the invoice as it is.

    Rendering and storing the file happen outside of any transaction. Two who render at once get the same document: the
    one whose row came first; the other file is removed.

    :raises IsDraft: (405) if the invoice is not final
    """
    invoice = documents.whole(invoice.pk)
    if invoice.status not in FINAL:
        raise IsDraft
    return documents.current(invoice) or _keep(invoice, pdf.render(context.invoice_page(invoice)), now)


def provide_note(note: CreditNote, *, now: datetime) -> StoredDocument:
    """Return the stored PDF of a credit note in the same way; it is final from the start."""
    note = documents.whole_note(note.pk)
    return documents.current(note) or _keep(note, pdf.render(credit_notes.note_page(note)), now)


def provide_any(owner: Printed, *, now: datetime) -> StoredDocument:
    """Return the stored PDF of either, made if need be."""
    return provide(owner, now=now) if isinstance(owner, Invoice) else provide_note(owner, now=now)


def preview(invoice: Invoice) -> bytes:
    """Return the PDF of an invoice as it is, unsaved; a draft says that it is one."""
    return pdf.render(context.invoice_page(documents.whole(invoice.pk)))


def filename(owner: Printed) -> str:
    """Return what the file is called when it is mailed or saved."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', owner.number).strip('-') or 'document'}.pdf"


def _keep(owner: Printed, content: bytes, now: datetime) -> StoredDocument:
    folder = "invoices" if isinstance(owner, Invoice) else "credit_notes"
    path = default_storage.save(f"{folder}/{now:%Y/%m}/{owner.lago_id}.pdf", ContentFile(content))
    document = _record(owner, path, content, now)
    if document.path != path:
        default_storage.delete(path)
    return document


@transaction.atomic
def _record(owner: Printed, path: str, content: bytes, now: datetime) -> StoredDocument:
    owner = type(owner).objects.lock(owner.pk)
    if found := documents.current(owner):
        return found
    document: StoredDocument = owner.documents.create(
        version=owner.documents.count() + 1,
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        created_at=now,
        updated_at=now,
    )
    noun = "invoice" if isinstance(owner, Invoice) else "credit_note"
    activity.record(f"{noun}.generated", owner, now=now)
    return document
