from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from customers.models import Customer
from invoicing.api.serializers import InvoiceOutput
from invoicing.models import Invoice

# Closed invoices (nothing due, nothing issued) are nobody's business.
VISIBLE = (Invoice.Status.DRAFT, Invoice.Status.FINALIZED, Invoice.Status.VOIDED)


def invoice_rows() -> "QuerySet[Any]":
    """Return the visible invoices, newest first, with what a list shows of them."""
    rows = Invoice.objects.filter(status__in=VISIBLE)
    rows = rows.select_related("billing_entity", "customer__billing_entity")
    related = ("customer__taxes__billing_entities", "customer__metadata", "metadata", "taxes__tax", "documents")
    found: QuerySet[Any] = rows.prefetch_related(*related).order_by("-issuing_date", "-created_at", "-id")
    return found


def whole_invoice_rows() -> "QuerySet[Any]":
    """Return the visible invoices with all that is shown of one."""
    return invoice_rows().prefetch_related(
        "fees__customer",
        "fees__subscription",
        "fees__charge__billable_metric",
        "fees__charge_filter",
        "fees__true_up_parent",
        "fees__true_ups",
        "fees__fixed_charge__add_on",
        "fees__wallet_transaction",
        "fees__taxes__tax",
        "credits__applied_coupon__coupon",
        "credit_note_uses__credit_note__invoice",
        "invoice_subscriptions__subscription__customer__billing_entity",
        "invoice_subscriptions__subscription__plan",
        "invoice_subscriptions__subscription__previous_subscription__plan",
        "invoice_subscriptions__subscription__next_subscriptions__plan",
    )


class InvoiceFilter(django_filters.FilterSet):
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    amount_from = django_filters.NumberFilter(field_name="total_amount_cents", lookup_expr="gte")
    amount_to = django_filters.NumberFilter(field_name="total_amount_cents", lookup_expr="lte")
    issuing_date_from = django_filters.DateFilter(field_name="issuing_date", lookup_expr="gte")
    issuing_date_to = django_filters.DateFilter(field_name="issuing_date", lookup_expr="lte")
    status = django_filters.MultipleChoiceFilter(choices=Invoice.Status.choices)
    statuses = django_filters.MultipleChoiceFilter(field_name="status", choices=Invoice.Status.choices)
    payment_status = django_filters.MultipleChoiceFilter(choices=Invoice.PaymentStatus.choices)
    payment_statuses = django_filters.MultipleChoiceFilter(
        field_name="payment_status", choices=Invoice.PaymentStatus.choices
    )
    payment_overdue = django_filters.BooleanFilter()
    self_billed = django_filters.BooleanFilter()
    currency = django_filters.CharFilter()
    invoice_type = django_filters.MultipleChoiceFilter(choices=Invoice.Type.choices)
    purchase_order_number = django_filters.CharFilter()
    search_term = django_filters.CharFilter(method="search")

    class Meta:
        model = Invoice
        fields: list[str] = []

    def search(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Return those whose number, or whose customer's id or name, begins with the term."""
        customer = Q(customer__external_id__istartswith=value) | Q(customer__name__istartswith=value)
        return queryset.filter(Q(number__istartswith=value) | customer)


class InvoicesView(ApiView):
    resource, plural = "invoice", "invoices"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        return self.listing(self.filtered(InvoiceFilter, invoice_rows()), InvoiceOutput)


class CustomerInvoicesView(ApiView):
    resource, plural = "invoice", "invoices"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        rows = self.filtered(InvoiceFilter, invoice_rows().filter(customer=customer))
        return self.listing(rows, InvoiceOutput)
