"""Usage that came in after the invoice of its time was final, and what is decided about it. Lago has no such list."""

from typing import Annotated, Any, TypedDict
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import formats
from billing_site.core.api.shapes import Instant, one_of
from billing_site.core.api.views import ApiView
from billing_site.core.periods import MOMENT
from invoicing.models import LateUsage
from invoicing.services import late_usage

DECISIONS = {LateUsage.Status.WAITING: late_usage.bill_next, LateUsage.Status.DISMISSED: late_usage.dismiss}


class LateUsageInput(serializers.Serializer):
    status = serializers.ChoiceField(choices=[(status.value, status.label) for status in DECISIONS])


class ShownLateUsage(TypedDict):
    lago_id: UUID
    status: Annotated[str, one_of(LateUsage.Status)]
    external_customer_id: str
    external_subscription_id: str
    from_date: Instant
    to_date: Instant
    lago_late_for_invoice_id: UUID
    lago_invoice_id: UUID | None
    amount_cents: int
    amount_currency: str
    created_at: Instant
    updated_at: Instant


class LateUsageOutput(serializers.BaseSerializer):
    def to_representation(self, late: LateUsage) -> ShownLateUsage:
        """Return late usage with its time (as fees have it) and where it has been billed."""
        period, invoice = late.period, late.invoice
        return {
            "lago_id": late.lago_id,
            "status": late.status,
            "external_customer_id": late.customer.external_id,
            "external_subscription_id": period.subscription.external_id,
            "from_date": formats.instant(period.starts_at),
            "to_date": formats.instant(period.ends_at - MOMENT),
            "lago_late_for_invoice_id": period.invoice.lago_id,
            "lago_invoice_id": invoice.lago_id if invoice else None,
            "amount_cents": late.amount_cents,
            "amount_currency": late.currency,
            "created_at": formats.instant(late.created_at),
            "updated_at": formats.instant(late.updated_at),
        }


class LateUsageFilter(django_filters.FilterSet):
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    external_subscription_id = django_filters.CharFilter(field_name="period__subscription__external_id")
    status = django_filters.MultipleChoiceFilter(choices=LateUsage.Status.choices)

    class Meta:
        model = LateUsage
        fields: list[str] = []


def _rows() -> "QuerySet[Any]":
    related = ("customer", "invoice", "period__invoice", "period__subscription")
    rows: QuerySet[Any] = LateUsage.objects.filter(is_priced=True).select_related(*related)
    return rows.order_by("-created_at", "-id")


class LateUsagesView(ApiView):
    resource, plural = "late_usage", "late_usages"

    @extend_schema(responses=LateUsageOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(self.filtered(LateUsageFilter, _rows()), LateUsageOutput)


class LateUsageView(ApiView):
    resource = "late_usage"

    @extend_schema(responses=LateUsageOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.answer(self.found(_rows(), lago_id=lago_id), LateUsageOutput)

    @extend_schema(request=LateUsageInput, responses=LateUsageOutput)
    def put(self, request: Request, lago_id: Any) -> Response:
        late, given = self.found(_rows(), lago_id=lago_id), self.read(LateUsageInput)
        DECISIONS[given["status"]](late, now=timezone.now())
        return self.answer(_rows().get(pk=late.pk), LateUsageOutput)
