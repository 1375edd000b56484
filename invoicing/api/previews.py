"""Invoices that nobody has made: of imagined subscriptions, or the next ones of those that are there."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields
from billing_site.core.api.views import ApiView
from credits.api.serializers import TermsInput
from credits.models.coupons import CouponType
from customers.api.serializers import CustomerInput
from customers.api.views import flat
from invoicing.api.one_off import without_nulls
from invoicing.api.serializers import WholeInvoiceOutput
from invoicing.api.shapes import InvoicePreview, WholeInvoice
from invoicing.api.views import whole_invoice_rows
from invoicing.models import Invoice
from invoicing.services import invoice_previews
from invoicing.services.invoice_previews import Asked
from plans.api import plans as plan_views
from plans.models import Subscription


class PreviewCustomerInput(CustomerInput):
    external_id = fields.CodeField(required=False, allow_null=True)


class PreviewCouponInput(TermsInput):
    code = fields.CodeField()
    name = fields.TextField()
    coupon_type = serializers.ChoiceField(choices=CouponType.choices, required=False, allow_null=True)


class PreviewedSubscriptionsInput(serializers.Serializer):
    external_ids = serializers.ListField(child=fields.CodeField(), min_length=1, max_length=100)
    plan_code = fields.CodeField(required=False, allow_null=True)
    terminated_at = fields.InstantField(required=False, allow_null=True)


class PreviewInput(serializers.Serializer):
    customer = PreviewCustomerInput()
    plan_code = fields.CodeField(required=False, allow_null=True)
    billing_time = serializers.ChoiceField(choices=Subscription.BillingTime.choices, required=False, allow_null=True)
    subscription_at = fields.InstantField(required=False, allow_null=True)
    billing_entity_code = fields.TextField()
    coupons = fields.ObjectsField(child=PreviewCouponInput())
    subscriptions = PreviewedSubscriptionsInput(required=False, allow_null=True)


class PreviewInvoiceView(ApiView):
    resource = "invoice"
    takes_bare_bodies = True

    @extend_schema(request=PreviewInput, responses=InvoicePreview)
    def post(self, request: Request) -> Response:
        shown = invoice_previews.preview(self._asked(self.read(PreviewInput)), _shown, now=timezone.now())
        return Response({"invoice": shown})

    def payload(self, root: str | None = None) -> dict[str, Any]:
        """Return the body, which has no root key."""
        body = self.request.data
        if not isinstance(body, Mapping):
            raise ParseError("param is missing or the value is empty: customer")
        return dict(body)

    def _asked(self, given: dict[str, Any]) -> Asked:
        present = given.get("subscriptions") or {}
        code = present.get("plan_code") if present else given.get("plan_code")
        own: dict[str, Any] = {
            name: given[name] for name in ("billing_time", "subscription_at", "billing_entity_code") if name in given
        }
        return Asked(
            customer=without_nulls(flat(dict(given["customer"]))),
            plan=self.found(plan_views.rows(), "plan", code=code) if code else None,
            subscription=without_nulls(own),
            external_ids=present.get("external_ids", ()),
            terminated_at=present.get("terminated_at"),
            coupons=[without_nulls(item) for item in given.get("coupons") or ()],
        )


def _shown(invoice: Invoice) -> WholeInvoice:
    return WholeInvoiceOutput().to_representation(whole_invoice_rows().get(pk=invoice.pk))
