"""Payments and their receipts over the API."""

from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from customers.models import Customer
from invoicing.api.documents import ResendInput
from invoicing.api.payment_serializers import PaymentInput, PaymentOutput, ReceiptOutput
from invoicing.models import Invoice, Payment, PaymentReceipt
from invoicing.selectors import payments
from invoicing.services.payments import manual, receipt_documents


class PaymentFilter(django_filters.FilterSet):
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    invoice_id = django_filters.UUIDFilter(field_name="invoice__lago_id")

    class Meta:
        model = Payment
        fields: list[str] = []


class ReceiptFilter(django_filters.FilterSet):
    invoice_id = django_filters.UUIDFilter(field_name="payment__invoice__lago_id")

    class Meta:
        model = PaymentReceipt
        fields: list[str] = []


class PaymentsView(ApiView):
    resource, plural = "payment", "payments"

    @extend_schema(responses=PaymentOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(self.filtered(PaymentFilter, payments.payments()), PaymentOutput)

    @extend_schema(request=PaymentInput, responses=PaymentOutput)
    def post(self, request: Request) -> Response:
        given = self.read(PaymentInput)
        invoice = self.found(Invoice.objects.all(), "invoice", lago_id=given["invoice_id"])
        payment = manual.record(
            invoice,
            amount_cents=given["amount_cents"],
            reference=given["reference"],
            paid_at=given.get("paid_at"),
            now=timezone.now(),
        )
        return self.answer(payments.payments().get(pk=payment.pk), PaymentOutput)


class PaymentView(ApiView):
    resource = "payment"

    @extend_schema(responses=PaymentOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.answer(self.found(payments.payments(), lago_id=lago_id), PaymentOutput)


class CustomerPaymentsView(ApiView):
    resource, plural = "payment", "payments"

    @extend_schema(responses=PaymentOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        rows = payments.payments().filter(customer=customer)
        return self.listing(self.filtered(PaymentFilter, rows), PaymentOutput)


class ReceiptsView(ApiView):
    resource, plural = "payment_receipt", "payment_receipts"

    @extend_schema(responses=ReceiptOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(self.filtered(ReceiptFilter, payments.receipts()), ReceiptOutput)


class ReceiptView(ApiView):
    resource = "payment_receipt"

    @extend_schema(responses=ReceiptOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.answer(self.found(payments.receipts(), lago_id=lago_id), ReceiptOutput)


class ReceiptDownloadView(ApiView):
    """Makes the PDF if need be; its address is the answer's `file_url`."""

    resource = "payment_receipt"
    keeps_answers = False  # it may render, which is not done in a transaction

    @extend_schema(request=None, responses=ReceiptOutput)
    def post(self, request: Request, lago_id: Any) -> Response:
        receipt = self.found(payments.receipts(), lago_id=lago_id)
        return self.answer(receipt_documents.provide(receipt, now=timezone.now()), ReceiptOutput)


class ReceiptResendView(ApiView):
    """Mails the receipt once more; the answer is empty, as Lago's."""

    resource = "payment_receipt"
    keeps_answers = False  # it may render, which is not done in a transaction
    takes_bare_bodies = True

    @extend_schema(request=ResendInput, responses=None)
    def post(self, request: Request, lago_id: Any) -> Response:
        receipt = self.found(payments.receipts(), lago_id=lago_id)
        given = ResendInput(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        receipt_documents.resend(
            receipt, now=timezone.now(), to=asked.get("to"), copies=asked.get("cc"), blind_copies=asked.get("bcc")
        )
        return Response()
