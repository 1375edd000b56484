"""Pricing units, which Lago has in its own pages only; here under names in the same style."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields, formats
from billing_site.core.api.views import ApiView
from plans.api.shapes import ShownPricingUnit
from plans.models import PricingUnit
from plans.services import pricing_units


class PricingUnitUpdate(serializers.Serializer):
    name = fields.CodeField(required=False)
    short_name = fields.CodeField(required=False, max_length=3)
    description = fields.TextField(max_length=600)


class PricingUnitInput(PricingUnitUpdate):
    code = fields.CodeField()
    name = fields.CodeField()
    short_name = fields.CodeField(max_length=3)


class PricingUnitOutput(serializers.BaseSerializer):
    def to_representation(self, unit: PricingUnit) -> ShownPricingUnit:
        """Return the unit."""
        return {
            "lago_id": unit.lago_id,
            "code": unit.code,
            "name": unit.name,
            "short_name": unit.short_name,
            "description": unit.description or None,
            "created_at": formats.instant(unit.created_at),
        }


class PricingUnitsView(ApiView):
    resource, plural = "pricing_unit", "pricing_units"

    @extend_schema(responses=PricingUnitOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(PricingUnit.objects.order_by("-created_at", "-id"), PricingUnitOutput)

    @extend_schema(request=PricingUnitInput, responses=PricingUnitOutput)
    def post(self, request: Request) -> Response:
        return self.answer(pricing_units.create(now=timezone.now(), **self.read(PricingUnitInput)), PricingUnitOutput)


class PricingUnitView(ApiView):
    resource = "pricing_unit"

    @extend_schema(responses=PricingUnitOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(PricingUnit.objects.all(), code=code), PricingUnitOutput)

    @extend_schema(request=PricingUnitUpdate, responses=PricingUnitOutput)
    def put(self, request: Request, code: str) -> Response:
        unit = self.found(PricingUnit.objects.all(), code=code)
        unit = pricing_units.update(unit, now=timezone.now(), **self.read(PricingUnitUpdate))
        return self.answer(unit, PricingUnitOutput)
