"""Links to stored documents: signed, so that whoever has one needs no key; good for some days, then asked for anew."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from invoicing.models import Invoice, InvoiceDocument
from invoicing.services.documents import filename

SALT = "invoice-document"


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
    age = timedelta(days=settings.DOCUMENT_LINK_DAYS)
    found: InvoiceDocument = InvoiceDocument.objects.get(lago_id=signing.loads(token, salt=SALT, max_age=age))
    return found
