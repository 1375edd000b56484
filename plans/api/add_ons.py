from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields, formats
from billing_site.core.api.views import ApiView
from customers.api.serializers import TaxOutput
from plans.api.shapes import ShownAddOn
from plans.models import AddOn
from plans.services import add_ons


class AddOnUpdate(serializers.Serializer):
    code = fields.CodeField(required=False)
    name = fields.CodeField(required=False)
    invoice_display_name = fields.TextField()
    description = fields.TextField(max_length=600)
    amount_cents = fields.CentsField(required=False)
    amount_currency = fields.CurrencyField(required=False)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)


class AddOnInput(AddOnUpdate):
    code = fields.CodeField()
    name = fields.CodeField()
    amount_cents = fields.CentsField()
    amount_currency = fields.CurrencyField()


class AddOnOutput(serializers.BaseSerializer):
    def to_representation(self, add_on: AddOn) -> ShownAddOn:
        """Return the add-on with all keys of Lago's."""
        return {
            "lago_id": add_on.lago_id,
            "name": add_on.name,
            "invoice_display_name": add_on.invoice_display_name or None,
            "code": add_on.code,
            "amount_cents": add_on.amount_cents,
            "amount_currency": add_on.amount_currency,
            "created_at": formats.instant(add_on.created_at),
            "description": add_on.description or None,
            "taxes": TaxOutput(add_on.taxes.all(), many=True).data,
        }


def rows() -> "QuerySet[Any]":
    """Return the live add-ons with their taxes, newest first."""
    found: QuerySet[Any] = AddOn.objects.live().prefetch_related("taxes__billing_entities")
    return found.order_by("-created_at", "-id")


class AddOnsView(ApiView):
    resource, plural = "add_on", "add_ons"

    @extend_schema(responses=AddOnOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(rows(), AddOnOutput)

    @extend_schema(request=AddOnInput, responses=AddOnOutput)
    def post(self, request: Request) -> Response:
        add_on = add_ons.create(now=timezone.now(), **self.read(AddOnInput))
        return self.answer(rows().get(pk=add_on.pk), AddOnOutput)


class AddOnView(ApiView):
    resource = "add_on"

    @extend_schema(responses=AddOnOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(rows(), code=code), AddOnOutput)

    @extend_schema(request=AddOnUpdate, responses=AddOnOutput)
    def put(self, request: Request, code: str) -> Response:
        add_on = add_ons.update(self.found(rows(), code=code), now=timezone.now(), **self.read(AddOnUpdate))
        return self.answer(rows().get(pk=add_on.pk), AddOnOutput)

    @extend_schema(responses=AddOnOutput)
    def delete(self, request: Request, code: str) -> Response:
        add_on = add_ons.delete(self.found(rows(), code=code), now=timezone.now())
        return self.answer(add_on, AddOnOutput)
