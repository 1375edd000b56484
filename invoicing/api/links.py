"""Links to stored documents: signed, so that whoever has one needs no key; good for some days, then asked for anew."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from invoicing.models import (
    CreditNote,
    CreditNoteDocument,
    CreditNoteXml,
    Invoice,
    InvoiceDocument,
    InvoiceXml,
    PaymentReceipt,
    StoredDocument,
)
from invoicing.services.documents import filename
from invoicing.services.payments import receipt_documents

# What a link says that it is for: one made for the one kind does not open the other.
SALTS: dict[type[StoredDocument], str] = {
    InvoiceDocument: "invoice-document",
    CreditNoteDocument: "credit-note-document",
    InvoiceXml: "invoice-xml",
    CreditNoteXml: "credit-note-xml",
}
RECEIPT_SALT = "payment-receipt"


def file_url(owner: Invoice | CreditNote) -> str | None:
    """Return a link to the latest PDF of an invoice or credit note; None if none has been made."""
    rows = sorted(owner.documents.all(), key=lambda row: row.version)
    return document_url(rows[-1], owner) if rows else None


def xml_url(owner: Invoice | CreditNote) -> str | None:
    """Return a link to the e-invoice; None if none has been made."""
    return next((document_url(row, owner) for row in owner.xml_documents.all()), None)


def document_url(document: StoredDocument, owner: Invoice | CreditNote) -> str:
    """Return a link to a document of an invoice or credit note."""
    salt = SALTS[type(document)]
    extension = "xml" if isinstance(document, InvoiceXml | CreditNoteXml) else "pdf"
    token = signing.dumps(document.lago_id.hex, salt=salt)
    address = reverse(f"{salt}-file", args=[token, filename(owner, extension)])
    return f"{settings.BASE_URL}{address}"


def document_of(kind: type[StoredDocument], token: str) -> StoredDocument:
    """
    Return the document of this kind that a link leads to.

    :raises signing.SignatureExpired: if the link is too old
    :raises signing.BadSignature: if it was not made here
    :raises ObjectDoesNotExist: if there is no such document
    """
    found: StoredDocument = kind._default_manager.get(lago_id=_signed(token, SALTS[kind]))
    return found


def receipt_url(receipt: PaymentReceipt) -> str | None:
    """Return a link to the PDF of a receipt; None if none has been made."""
    if not receipt.path:
        return None
    token = signing.dumps(receipt.lago_id.hex, salt=RECEIPT_SALT)
    return f"{settings.BASE_URL}{reverse('receipt-file', args=[token, receipt_documents.filename(receipt)])}"


def receipt_of(token: str) -> PaymentReceipt:
    """
    Return the receipt that a link leads to.

    :raises signing.SignatureExpired: if the link is too old
    :raises signing.BadSignature: if it was not made here
    :raises PaymentReceipt.DoesNotExist: if there is no such receipt
    """
    found: PaymentReceipt = PaymentReceipt.objects.get(lago_id=_signed(token, RECEIPT_SALT))
    return found


def _signed(token: str, salt: str) -> str:
    lago_id: str = signing.loads(token, salt=salt, max_age=timedelta(days=settings.DOCUMENT_LINK_DAYS))
    return lago_id
