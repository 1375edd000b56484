import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import django_filters
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from billing_site.core.errors import Invalid, NotFound
from customers.models import BillingEntity, Customer, InvoiceCustomSection
from customers.selectors import custom_sections
from invoicing.api.one_off import OneOffInput, without_nulls
from invoicing.api.serializers import InvoiceOutput, WholeInvoiceOutput
from invoicing.models import Invoice, InvoiceMetadata
from invoicing.services import one_off

FACT = re.compile(r"metadata\[(.{1,20})\]")
# Closed invoices (nothing due, nothing issued) are nobody's business.
VISIBLE = (Invoice.Status.DRAFT, Invoice.Status.FINALIZED, Invoice.Status.VOIDED)


def invoice_rows(among: Sequence[str] = VISIBLE) -> "QuerySet[Any]":
    """Return the invoices of these states, newest first, with what a list shows of them."""
    rows = Invoice.objects.filter(status__in=among)
    rows = rows.select_related("billing_entity", "customer__billing_entity")
    related = (
        "customer__taxes__billing_entities",
        "customer__metadata",
        "metadata",
        "taxes__tax",
        "documents",
        "xml_documents",
    )
    found: QuerySet[Any] = rows.prefetch_related(*related).order_by("-issuing_date", "-created_at", "-id")
    return found


def whole_invoice_rows(among: Sequence[str] = VISIBLE) -> "QuerySet[Any]":
    """Return the invoices of these states with all that is shown of one."""
    return invoice_rows(among).prefetch_related(
        "fees__customer",
        "fees__subscription",
        "fees__charge__billable_metric",
        "fees__charge_filter",
        "fees__true_up_parent",
        "fees__true_ups",
        "fees__fixed_charge__add_on",
        "fees__wallet_transaction",
        "fees__add_on",
        "fees__taxes__tax",
        "credits__applied_coupon__coupon",
        "credit_note_uses__credit_note__invoice",
        "progressive_credits__progressive_invoice",
        "applied_usage_thresholds__usage_threshold",
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
    payment_dispute_lost = django_filters.BooleanFilter(
        field_name="payment_dispute_lost_at", lookup_expr="isnull", exclude=True
    )
    partially_paid = django_filters.BooleanFilter(method="paid_in_part")
    purchase_order_number = django_filters.CharFilter()
    search_term = django_filters.CharFilter(method="search")

    class Meta:
        model = Invoice
        fields: list[str] = []

    def paid_in_part(self, queryset: "QuerySet[Any]", name: str, value: object) -> "QuerySet[Any]":
        """Return those of which something was paid and something is still due; or all others."""
        in_part = Q(total_paid_amount_cents__gt=0, total_paid_amount_cents__lt=F("total_amount_cents"))
        return queryset.filter(in_part if value else ~in_part)

    def search(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Return those whose number, or whose customer's id or name, begins with the term."""
        customer = Q(customer__external_id__istartswith=value) | Q(customer__name__istartswith=value)
        return queryset.filter(Q(number__istartswith=value) | customer)


def narrowed(view: ApiView, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """
    Return the invoices under the filters of the address.

    `metadata[KEY]=VALUE` asks for those that keep this fact, or with an empty value for those without the key.

    :raises Invalid: (422) with the filter's name
    :raises NotFound: (404) if there is no such billing entity
    """
    found = view.filtered(InvoiceFilter, rows)
    params = view.request.query_params
    codes = set(params.getlist("billing_entity_codes[]") + params.getlist("billing_entity_codes"))
    facts = [(fact[1], value) for name, value in params.items() if (fact := FACT.fullmatch(name))]
    if any("\0" in text for text in chain(codes, *facts)):
        raise Invalid({"metadata" if facts else "billing_entity_codes": ["value_is_invalid"]})
    if codes:
        if BillingEntity.objects.filter(code__in=codes).count() < len(codes):
            raise NotFound("billing_entity")
        found = found.filter(billing_entity__code__in=codes)
    for key, value in facts:
        kept = InvoiceMetadata.objects.filter(invoice=OuterRef("pk"), key=key)
        found = found.filter(Exists(kept.filter(value=value)) if value else ~Exists(kept))
    return found


class InvoicesView(ApiView):
    resource, plural = "invoice", "invoices"

    @extend_schema(responses=InvoiceOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(narrowed(self, invoice_rows()), InvoiceOutput)

    @extend_schema(request=OneOffInput, responses=WholeInvoiceOutput)
    def post(self, request: Request) -> Response:
        given = self.read(OneOffInput)
        customer = self.found(Customer.objects.live(), "customer", external_id=given["external_customer_id"])
        entity = None
        if code := given.get("billing_entity_code"):
            entity = self.found(BillingEntity.objects.all(), "billing_entity", code=code)
        wanted = one_off.OneOff(
            given.get("currency") or "",
            given.get("purchase_order_number") or "",
            entity,
            _sections(given.get("invoice_custom_section") or {}),
            given.get("payment_method"),
        )
        lines = [one_off.Line(**without_nulls(item)) for item in given["fees"]]
        invoice = one_off.create(customer, wanted, lines, now=timezone.now())
        return self.answer(whole_invoice_rows().get(pk=invoice.pk), WholeInvoiceOutput)


def _sections(given: Mapping[str, Any]) -> list[InvoiceCustomSection] | None:
    """Return the texts named for an invoice; none at all if it is to have none; None if nothing is said."""
    if given.get("skip_invoice_custom_sections"):
        return []
    codes = given.get("invoice_custom_section_codes")
    return None if codes is None else custom_sections.by_codes(codes)


class CustomerInvoicesView(ApiView):
    resource, plural = "invoice", "invoices"

    @extend_schema(responses=InvoiceOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        rows = narrowed(self, invoice_rows().filter(customer=customer))
        return self.listing(rows, InvoiceOutput)
