"""Documents are rendered when first needed and stored for good, PDF and e-invoice alike; a run never waits for them."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, NotAllowed
from invoicing.documents import context, credit_notes, einvoices, pdf
from invoicing.models import CreditNote, Invoice, StoredDocument
from invoicing.selectors import documents

PDF, XML = "application/pdf", "application/xml"
Printed = Invoice | CreditNote
Current = Callable[[Invoice | CreditNote], StoredDocument | None]
FINAL = (Invoice.Status.FINALIZED, Invoice.Status.VOIDED)


class IsDraft(NotAllowed):
    code = "is_draft"


class EInvoicingIsOff(NotAllowed):
    code = "einvoicing_is_off"

    def __init__(self) -> None:
        super().__init__("The billing entity issues no e-invoices: that is a setting of its own.")


def provide(invoice: Invoice, *, now: datetime) -> StoredDocument:
    """
    Return the stored PDF of a final invoice, and make it if there is none that shows the invoice as it is.

    Where the billing entity issues e-invoices and nothing is lacking, the PDF carries one, and one is stored beside it.
    Rendering and storing the files happen outside of any transaction. Two who render at once get the same document: the
    one whose row came first; the other file is removed.

    :raises IsDraft: (405) if the invoice is not final
    """
    invoice = documents.whole(invoice.pk)
    if invoice.status not in FINAL:
        raise IsDraft
    return documents.current(invoice) or _made(invoice, now)


def provide_note(note: CreditNote, *, now: datetime) -> StoredDocument:
    """Return the stored PDF of a credit note in the same way; it is final from the start."""
    note = documents.whole_note(note.pk)
    return documents.current(note) or _made(note, now)


def provide_any(owner: Printed, *, now: datetime) -> StoredDocument:
    """Return the stored PDF of either, made if need be."""
    return provide(owner, now=now) if isinstance(owner, Invoice) else provide_note(owner, now=now)


def provide_xml(owner: Printed, *, now: datetime) -> StoredDocument:
    """
    Return the stored e-invoice (UBL) of a final invoice or a credit note, and make it if there is none.

    :raises IsDraft: (405) if the invoice is not final
    :raises EInvoicingIsOff: (405) if its billing entity issues none
    :raises Invalid: (422) naming all that is lacking
    """
    owner = documents.whole_any(owner)
    if isinstance(owner, Invoice) and owner.status not in FINAL:
        raise IsDraft
    if found := documents.stored_xml(owner):
        return found
    if not _issues_einvoices(owner):
        raise EInvoicingIsOff
    trade = einvoices.trade_of(owner)
    if lacking := einvoices.lacking(trade):
        raise Invalid({word: ["value_is_mandatory"] for word in lacking}, einvoices.sentence(lacking))
    return _keep_xml(owner, einvoices.written(trade).ubl, now)


def xml_obstacle(owner: Printed) -> str | None:
    """Return why there is no e-invoice of this, empty if there may be one; None where none are issued."""
    owner = documents.whole_any(owner)
    if documents.stored_xml(owner):
        return ""
    if not _issues_einvoices(owner):
        return None
    if isinstance(owner, Invoice) and owner.status not in FINAL:
        return "A draft has no e-invoice yet."
    return einvoices.sentence(einvoices.lacking(einvoices.trade_of(owner)))


def preview(invoice: Invoice) -> bytes:
    """Return the PDF of an invoice as it is, unsaved; a draft says that it is one."""
    return pdf.render(context.invoice_page(documents.whole(invoice.pk)))


def filename(owner: Printed, extension: str = "pdf") -> str:
    """Return what the file is called when it is mailed or saved."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', owner.number).strip('-') or 'document'}.{extension}"


def _issues_einvoices(owner: Printed) -> bool:
    invoice = owner if isinstance(owner, Invoice) else owner.invoice
    return bool(invoice.billing_entity.einvoicing)


def _made(owner: Printed, now: datetime) -> StoredDocument:
    page = context.invoice_page(owner) if isinstance(owner, Invoice) else credit_notes.note_page(owner)
    einvoice = _einvoice(owner)
    if einvoice is None:
        return _keep_pdf(owner, pdf.render(page), now)
    _keep_xml(owner, einvoice.ubl, now)
    return _keep_pdf(owner, pdf.render(page, cii=einvoice.cii, now=now), now)


def _einvoice(owner: Printed) -> einvoices.EInvoice | None:
    """Return the e-invoice that a PDF carries: none where none is issued, something is lacking, or it is void."""
    if owner.voided_at or not _issues_einvoices(owner):
        return None
    trade = einvoices.trade_of(owner)
    return None if einvoices.lacking(trade) else einvoices.written(trade)


def _keep_pdf(owner: Printed, content: bytes, now: datetime) -> StoredDocument:
    return _keep(owner, content, now, extension="pdf", current=documents.current)


def _keep_xml(owner: Printed, content: bytes, now: datetime) -> StoredDocument:
    return _keep(owner, content, now, extension="xml", current=documents.stored_xml)


def _keep(owner: Printed, content: bytes, now: datetime, *, extension: str, current: Current) -> StoredDocument:
    folder = "invoices" if isinstance(owner, Invoice) else "credit_notes"
    path = default_storage.save(f"{folder}/{now:%Y/%m}/{owner.lago_id}.{extension}", ContentFile(content))
    document = _record(owner, path, content, now, current=current)
    if document.path != path:
        default_storage.delete(path)
    return document


@transaction.atomic
def _record(owner: Printed, path: str, content: bytes, now: datetime, *, current: Current) -> StoredDocument:
    owner = type(owner).objects.lock(owner.pk)
    if found := current(owner):
        return found
    kept = owner.documents if current is documents.current else owner.xml_documents
    document: StoredDocument = kept.create(
        version=kept.count() + 1,
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        created_at=now,
        updated_at=now,
    )
    if current is documents.current:  # the PDF; an e-invoice comes with it or is asked for
        noun = "invoice" if isinstance(owner, Invoice) else "credit_note"
        activity.record(f"{noun}.generated", owner, now=now)
    return document
