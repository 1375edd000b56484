"""PDFs and e-invoices over the API: made when asked for, served by signed links, mailed again."""

from collections.abc import Callable
from typing import Any

from django.core import signing
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core import files
from billing_site.core.api.views import ApiView
from invoicing.api import links
from invoicing.api.serializers import WholeInvoiceOutput
from invoicing.api.views import VISIBLE, whole_invoice_rows
from invoicing.models import CreditNoteXml, Invoice, InvoiceXml, StoredDocument
from invoicing.services import documents, mailing


class DownloadView(ApiView):
    """Makes the PDF if need be; its address is the answer's `file_url`."""

    resource = "invoice"
    keeps_answers = False  # it renders, which is not done in a transaction

    @extend_schema(request=None, responses=WholeInvoiceOutput)
    def post(self, request: Request, lago_id: Any) -> Response:
        invoice = self.found(whole_invoice_rows(), lago_id=lago_id)
        documents.provide(invoice, now=timezone.now())
        return self.answer(self.found(whole_invoice_rows(), lago_id=lago_id), WholeInvoiceOutput)


class DownloadXmlView(ApiView):
    """Makes the e-invoice if need be; its address is the answer's `xml_url`."""

    resource = "invoice"
    keeps_answers = False  # it stores a file, which is not done in a transaction

    @extend_schema(request=None, responses=WholeInvoiceOutput)
    def post(self, request: Request, lago_id: Any) -> Response:
        invoice = self.found(whole_invoice_rows(), lago_id=lago_id)
        documents.provide_xml(invoice, now=timezone.now())
        return self.answer(self.found(whole_invoice_rows(), lago_id=lago_id), WholeInvoiceOutput)


class AddressesField(serializers.ListField):
    child = serializers.EmailField(max_length=254)

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True, max_length=50)


class ResendInput(serializers.Serializer):
    to = AddressesField()
    cc = AddressesField()
    bcc = AddressesField()


class ResendEmailView(ApiView):
    """Mails the invoice once more, to the customer or to whom the request names; the answer is empty, as Lago's."""

    resource = "invoice"
    keeps_answers = False  # it may render
    takes_bare_bodies = True

    @extend_schema(request=ResendInput, responses=None)
    def post(self, request: Request, lago_id: Any) -> Response:
        invoice = self.found(Invoice.objects.filter(status__in=VISIBLE), lago_id=lago_id)
        given = ResendInput(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        mailing.resend(
            invoice, now=timezone.now(), to=asked.get("to"), copies=asked.get("cc"), blind_copies=asked.get("bcc")
        )
        return Response()


@require_safe
def serve(request: HttpRequest, kind: type[StoredDocument], token: str, name: str) -> HttpResponseBase:
    """Answer a signed link with its file; the signature is all the permission it needs."""
    content_type = documents.XML if kind in (InvoiceXml, CreditNoteXml) else documents.PDF
    return _served(lambda: links.document_of(kind, token).path, name, content_type)


@require_safe
def serve_receipt(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Answer a signed link to a receipt with its PDF."""
    return _served(lambda: links.receipt_of(token).path, name, documents.PDF)


def _served(path: Callable[[], str], name: str, content_type: str) -> HttpResponseBase:
    try:
        return files.stored(path(), name=name, content_type=content_type)
    except signing.SignatureExpired:
        return JsonResponse({"status": 410, "error": "Gone", "code": "link_expired"}, status=410)
    except (signing.BadSignature, ObjectDoesNotExist, FileNotFoundError):
        return JsonResponse({"status": 404, "error": "Not Found", "code": "document_not_found"}, status=404)
