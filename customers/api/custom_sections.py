"""Sections of invoices over the API: Lago has no doors for them, these are like its others."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields, formats
from billing_site.core.api.views import ApiView
from customers.api.shapes import ShownSection
from customers.models import InvoiceCustomSection
from customers.services import custom_sections


class SectionUpdate(serializers.Serializer):
    code = fields.CodeField(required=False)
    name = fields.CodeField(required=False)
    description = fields.TextField(max_length=600)
    display_name = fields.TextField()
    details = fields.TextField(max_length=5000)


class SectionInput(SectionUpdate):
    code = fields.CodeField()
    name = fields.CodeField()


class SectionOutput(serializers.BaseSerializer):
    def to_representation(self, section: InvoiceCustomSection) -> ShownSection:
        """Return the section."""
        return {
            "lago_id": section.lago_id,
            "code": section.code,
            "name": section.name,
            "description": section.description,
            "details": section.details,
            "display_name": section.display_name,
            "created_at": formats.instant(section.created_at),
        }


class SectionsView(ApiView):
    resource, plural = "invoice_custom_section", "invoice_custom_sections"

    @extend_schema(responses=SectionOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(InvoiceCustomSection.objects.live().order_by("-created_at", "-id"), SectionOutput)

    @extend_schema(request=SectionInput, responses=SectionOutput)
    def post(self, request: Request) -> Response:
        return self.answer(custom_sections.create(now=timezone.now(), **self.read(SectionInput)), SectionOutput)


class SectionView(ApiView):
    resource = "invoice_custom_section"

    @extend_schema(responses=SectionOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(InvoiceCustomSection.objects.live(), code=code), SectionOutput)

    @extend_schema(request=SectionUpdate, responses=SectionOutput)
    def put(self, request: Request, code: str) -> Response:
        section = self.found(InvoiceCustomSection.objects.live(), code=code)
        section = custom_sections.update(section, now=timezone.now(), **self.read(SectionUpdate))
        return self.answer(section, SectionOutput)

    @extend_schema(responses=SectionOutput)
    def delete(self, request: Request, code: str) -> Response:
        section = self.found(InvoiceCustomSection.objects.live(), code=code)
        return self.answer(custom_sections.delete(section, now=timezone.now()), SectionOutput)
