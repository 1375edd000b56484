"""Requests for the payment of several invoices, over the API."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields, formats
from billing_site.core.api.views import ApiView
from customers.api.serializers import CustomerOutput
from customers.models import Customer
from invoicing.api.payment_shapes import ShownPaymentRequest
from invoicing.api.serializers import InvoiceOutput
from invoicing.api.views import invoice_rows
from invoicing.models import PaymentRequest
from invoicing.services.payment_requests import creation


class PaymentRequestInput(serializers.Serializer):
    external_customer_id = fields.CodeField()
    email = serializers.EmailField(max_length=254, required=False, allow_null=True, allow_blank=True)
    lago_invoice_ids = serializers.ListField(child=serializers.UUIDField(), max_length=500)


class PaymentRequestOutput(serializers.BaseSerializer):
    def to_representation(self, request: PaymentRequest) -> ShownPaymentRequest:
        """Return the request with its customer and invoices, with all keys of Lago's."""
        return {
            "lago_id": request.lago_id,
            "email": request.email,
            "amount_cents": request.amount_cents,
            "amount_currency": request.currency,
            "payment_status": request.payment_status,
            "created_at": formats.instant(request.created_at),
            "customer": CustomerOutput(request.customer).data,
            "invoices": InvoiceOutput(request.invoices.all(), many=True).data,
        }


class PaymentRequestFilter(django_filters.FilterSet):
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    payment_status = django_filters.MultipleChoiceFilter(choices=PaymentRequest.Status.choices)
    currency = django_filters.CharFilter()

    class Meta:
        model = PaymentRequest
        fields: list[str] = []


def request_rows() -> "QuerySet[Any]":
    """Return all requests, newest first, with what is shown of them."""
    related = ("customer__taxes__billing_entities", "customer__metadata", Prefetch("invoices", invoice_rows()))
    rows: QuerySet[Any] = PaymentRequest.objects.select_related("customer__billing_entity")
    return rows.prefetch_related(*related).order_by("-created_at", "-id")


class PaymentRequestsView(ApiView):
    resource, plural = "payment_request", "payment_requests"

    @extend_schema(responses=PaymentRequestOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(self.filtered(PaymentRequestFilter, request_rows()), PaymentRequestOutput)

    @extend_schema(request=PaymentRequestInput, responses=PaymentRequestOutput)
    def post(self, request: Request) -> Response:
        given = self.read(PaymentRequestInput)
        customer = self.found(Customer.objects.live(), "customer", external_id=given["external_customer_id"])
        made = creation.create(customer, given["lago_invoice_ids"], email=given.get("email") or "", now=timezone.now())
        return self.answer(request_rows().get(pk=made.pk), PaymentRequestOutput)


class PaymentRequestView(ApiView):
    resource = "payment_request"

    @extend_schema(responses=PaymentRequestOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.answer(self.found(request_rows(), lago_id=lago_id), PaymentRequestOutput)


class CustomerPaymentRequestsView(ApiView):
    resource, plural = "payment_request", "payment_requests"

    @extend_schema(responses=PaymentRequestOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        rows = request_rows().filter(customer=customer)
        return self.listing(self.filtered(PaymentRequestFilter, rows), PaymentRequestOutput)
