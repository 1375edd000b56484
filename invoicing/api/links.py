"""Links to stored documents: signed, so that whoever has one needs no key; good for some days, then asked for anew."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from invoicing.models import Invoice, InvoiceDocument, PaymentReceipt
from invoicing.services.documents import filename
from invoicing.services.payments import receipt_documents

SALT, RECEIPT_SALT = "invoice-document", "payment-receipt"


def file_url(invoice: Invoice) -> str | None:
    """Return a link to the latest PDF of an invoice; None if none has been made."""
    rows = sorted(invoice.documents.all(), key=lambda row: row.version)
    return document_url(rows[-1], invoice) if rows else None


def document_url(document: InvoiceDocument, invoice: Invoice) -> str:
    """Return a link to a document of an invoice."""
    token = signing.dumps(document.lago_id.hex, salt=SALT)
    return settings.BASE_URL + reverse("invoice-file", args=[token, filename(invoice)])


def document_of(token: str) -> InvoiceDocument:
    """
    Return the document that a link leads to.

    :raises signing.SignatureExpired: if the link is too old
    :raises signing.BadSignature: if it was not made here
    :raises InvoiceDocument.DoesNotExist: if there is no such document
    """
    found: InvoiceDocument = InvoiceDocument.objects.get(lago_id=_signed(token, SALT))
    return found


def receipt_url(receipt: PaymentReceipt) -> str | None:
    """Return a link to the PDF of a receipt; None if none has been made."""
    if not receipt.path:
        return None
    token = signing.dumps(receipt.lago_id.hex, salt=RECEIPT_SALT)
    return settings.BASE_URL + reverse("receipt-file", args=[token, receipt_documents.filename(receipt)])


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
