"""Doors of the customers floor: parse, call one service, answer."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from billing_site.core.models import Organization
from customers.api import serializers
from customers.api.shapes import Entities
from customers.models import BillingEntity, Customer, Tax
from customers.selectors.custom_sections import live_sections
from customers.services import billing_entities, customers, organizations, taxes


def flat(data: dict[str, Any]) -> dict[str, Any]:
    """Return the input with its billing configuration among the other fields."""
    return data | (data.pop("billing_configuration", None) or {})


class OrganizationView(ApiView):
    resource = "organization"

    @extend_schema(responses=serializers.OrganizationOutput)
    def get(self, request: Request) -> Response:
        return self.shown(Organization.objects.get())

    @extend_schema(request=serializers.OrganizationUpdate, responses=serializers.OrganizationOutput)
    def put(self, request: Request) -> Response:
        data = _numbering(flat(self.read(serializers.OrganizationUpdate)))
        organization = organizations.update(Organization.objects.get(), now=timezone.now(), **data)
        return self.shown(organization)

    def shown(self, organization: Organization) -> Response:
        """Answer the organization; a floor above knows where its webhooks go."""
        return self.answer(organization, serializers.OrganizationOutput)


class BillingEntitiesView(ApiView):
    resource = "billing_entity"

    @extend_schema(responses=Entities)
    def get(self, request: Request) -> Response:
        rows = BillingEntity.objects.prefetch_related("taxes__billing_entities", live_sections()).order_by("id")
        return Response({"billing_entities": serializers.EntityOutput(rows, many=True).data})

    @extend_schema(request=serializers.EntityInput, responses=serializers.EntityOutput)
    def post(self, request: Request) -> Response:
        data = _numbering(flat(self.read(serializers.EntityInput)))
        return self.answer(billing_entities.create(now=timezone.now(), **data), serializers.EntityOutput)


class BillingEntityView(ApiView):
    resource = "billing_entity"

    @extend_schema(responses=serializers.EntityOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(BillingEntity.objects.all(), code=code), serializers.EntityOutput)

    @extend_schema(request=serializers.EntityUpdate, responses=serializers.EntityOutput)
    def put(self, request: Request, code: str) -> Response:
        entity = self.found(BillingEntity.objects.all(), code=code)
        data = _numbering(flat(self.read(serializers.EntityUpdate)))
        entity = billing_entities.update(entity, now=timezone.now(), **data)
        return self.answer(entity, serializers.EntityOutput)

    def payload(self, root: str | None = None) -> dict[str, Any]:
        """Return the body; both Lago's wrapped and the bare form are taken."""
        body = self.request.data
        if isinstance(body, dict) and body and self.resource not in body:
            return dict(body)
        return super().payload(root)


def _numbering(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("document_numbering") == "per_organization":
        data["document_numbering"] = BillingEntity.Numbering.PER_ENTITY
    return data


class TaxesView(ApiView):
    resource, plural = "tax", "taxes"

    @extend_schema(responses=serializers.TaxOutput(many=True))
    def get(self, request: Request) -> Response:
        rows = Tax.objects.live().prefetch_related("billing_entities").order_by("-created_at", "-id")
        return self.listing(rows, serializers.TaxOutput)

    @extend_schema(request=serializers.TaxInput, responses=serializers.TaxOutput)
    def post(self, request: Request) -> Response:
        tax = taxes.create(now=timezone.now(), **self.read(serializers.TaxInput))
        return self.answer(tax, serializers.TaxOutput)


class TaxView(ApiView):
    resource = "tax"

    @extend_schema(responses=serializers.TaxOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(Tax.objects.live(), code=code), serializers.TaxOutput)

    @extend_schema(request=serializers.TaxUpdate, responses=serializers.TaxOutput)
    def put(self, request: Request, code: str) -> Response:
        tax = self.found(Tax.objects.live(), code=code)
        tax = taxes.update(tax, now=timezone.now(), **self.read(serializers.TaxUpdate))
        return self.answer(tax, serializers.TaxOutput)

    @extend_schema(responses=serializers.TaxOutput)
    def delete(self, request: Request, code: str) -> Response:
        tax = taxes.delete(self.found(Tax.objects.live(), code=code), now=timezone.now())
        return self.answer(tax, serializers.TaxOutput)


class CustomerFilter(django_filters.FilterSet):
    search_term = django_filters.CharFilter(method="search")
    external_id = django_filters.CharFilter()
    account_type = django_filters.AllValuesMultipleFilter()
    customer_type = django_filters.CharFilter()
    currencies = django_filters.BaseInFilter(field_name="currency")
    countries = django_filters.BaseInFilter(field_name="country")

    class Meta:
        model = Customer
        fields: list[str] = []

    def search(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Return those whose id, name or mail begins with the term."""
        fields = ("external_id", "name", "firstname", "lastname", "legal_name", "email")
        return queryset.filter(Q.create([(f"{field}__istartswith", value) for field in fields], connector=Q.OR))


def customer_rows() -> "QuerySet[Any]":
    """Return the live customers with what their answer needs."""
    related = ("taxes__billing_entities", "metadata")
    rows: QuerySet[Any] = Customer.objects.live().select_related("billing_entity").prefetch_related(*related)
    return rows


class CustomersView(ApiView):
    resource, plural = "customer", "customers"

    @extend_schema(responses=serializers.CustomerOutput(many=True))
    def get(self, request: Request) -> Response:
        rows = self.filtered(CustomerFilter, customer_rows().order_by("-created_at", "-id"))
        return self.listing(rows, serializers.CustomerOutput)

    @extend_schema(request=serializers.CustomerInput, responses=serializers.WholeCustomerOutput)
    def post(self, request: Request) -> Response:
        data = flat(self.read(serializers.CustomerInput))
        customer = customers.upsert(data.pop("external_id"), now=timezone.now(), **data)
        return self.answer(customer, serializers.WholeCustomerOutput)


class CustomerView(ApiView):
    resource = "customer"

    @extend_schema(responses=serializers.WholeCustomerOutput)
    def get(self, request: Request, external_id: str) -> Response:
        return self.answer(self.found(customer_rows(), external_id=external_id), serializers.WholeCustomerOutput)

    @extend_schema(responses=serializers.WholeCustomerOutput)
    def delete(self, request: Request, external_id: str) -> Response:
        customer = customers.delete(self.found(customer_rows(), external_id=external_id), now=timezone.now())
        return self.answer(customer, serializers.WholeCustomerOutput)
