"""What is done with an invoice over the API."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields
from billing_site.core.api.views import ApiView
from invoicing.api.credit_note_serializers import CentsField
from invoicing.api.serializers import WholeInvoiceOutput
from invoicing.api.views import VISIBLE, whole_invoice_rows
from invoicing.calculations.credit_notes import Shares
from invoicing.models import Invoice
from invoicing.services import invoice_changes, invoice_operations, invoice_voids


class FactInput(serializers.Serializer):
    id = serializers.UUIDField(required=False, allow_null=True)
    key = serializers.CharField(max_length=20)
    value = serializers.CharField(max_length=140)


class InvoiceUpdate(serializers.Serializer):
    payment_status = serializers.ChoiceField(choices=Invoice.PaymentStatus.choices, required=False)
    metadata = fields.ObjectsField(child=FactInput())


class OneInvoiceView(ApiView):
    """The base of what is done with one invoice; the answer is the invoice."""

    resource = "invoice"

    def invoice(self, lago_id: Any) -> Invoice:
        """Return the invoice."""
        found: Invoice = self.found(Invoice.objects.filter(status__in=VISIBLE), lago_id=lago_id)
        return found

    def shown(self, invoice: Invoice) -> Response:
        """Answer the invoice as it is now."""
        return self.answer(whole_invoice_rows().get(pk=invoice.pk), WholeInvoiceOutput)


class InvoiceView(OneInvoiceView):
    @extend_schema(responses=WholeInvoiceOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.shown(self.invoice(lago_id))

    @extend_schema(request=InvoiceUpdate, responses=WholeInvoiceOutput)
    def put(self, request: Request, lago_id: Any) -> Response:
        invoice, given = self.invoice(lago_id), self.read(InvoiceUpdate)
        status, metadata = given.get("payment_status"), given.get("metadata")
        return self.shown(invoice_changes.update(invoice, now=timezone.now(), payment_status=status, metadata=metadata))

    @extend_schema(responses=WholeInvoiceOutput)
    def delete(self, request: Request, lago_id: Any) -> Response:
        invoice = self.found(whole_invoice_rows(), lago_id=lago_id)
        deleted = invoice_operations.delete_draft(invoice, now=timezone.now())
        shown = self.answer(invoice, WholeInvoiceOutput)
        shown.data["invoice"]["status"] = deleted.status
        return shown


class RefreshView(OneInvoiceView):
    @extend_schema(request=None, responses=WholeInvoiceOutput)
    def put(self, request: Request, lago_id: Any) -> Response:
        return self.shown(invoice_operations.refresh(self.invoice(lago_id), now=timezone.now()))


class FinalizeView(OneInvoiceView):
    @extend_schema(request=None, responses=WholeInvoiceOutput)
    def put(self, request: Request, lago_id: Any) -> Response:
        drafts = whole_invoice_rows().filter(status=Invoice.Status.DRAFT)
        invoice = self.found(drafts, lago_id=lago_id)
        final = invoice_operations.finalize_now(invoice, now=timezone.now())
        if final.status in VISIBLE:
            return self.shown(final)
        shown = self.answer(invoice, WholeInvoiceOutput)
        shown.data["invoice"]["status"] = final.status
        return shown


class VoidInput(serializers.Serializer):
    generate_credit_note = serializers.BooleanField(required=False, allow_null=True)
    credit_amount = CentsField(required=False, allow_null=True)
    refund_amount = CentsField(required=False, allow_null=True)


class VoidView(OneInvoiceView):
    """The body is flat, and may be empty."""

    takes_bare_bodies = True

    @extend_schema(request=VoidInput, responses=WholeInvoiceOutput)
    def post(self, request: Request, lago_id: Any) -> Response:
        invoice, given = self.invoice(lago_id), VoidInput(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        shares = None
        if asked.get("generate_credit_note"):
            shares = Shares(asked.get("credit_amount") or 0, asked.get("refund_amount") or 0)
        return self.shown(invoice_voids.void(invoice, now=timezone.now(), give_back=shares))


class LoseDisputeView(OneInvoiceView):
    """Lago's server takes POST, its clients send PUT."""

    @extend_schema(request=None, responses=WholeInvoiceOutput)
    def post(self, request: Request, lago_id: Any) -> Response:
        return self.shown(invoice_changes.lose_dispute(self.invoice(lago_id), now=timezone.now()))

    put = post
