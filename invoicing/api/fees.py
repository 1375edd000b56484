"""Fees: the lines of invoices, and those that stand alone."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from billing_site.core.errors import Invalid
from invoicing.api.serializers import FeeOutput
from invoicing.api.shapes import EstimatedFees, Explanation, ShownFee
from invoicing.models import Fee
from invoicing.selectors.explanations import explain
from invoicing.services import pay_in_advance, standalone_fees
from metering.api import event_input
from metering.api.shapes import OneEventInput
from metering.services.new_event import Incoming


def fee_rows() -> "QuerySet[Any]":
    """Return all fees with what their answer needs."""
    related = (
        "invoice", "customer__billing_entity", "subscription", "charge__billable_metric", "charge_filter",
        "true_up_parent", "fixed_charge__add_on", "add_on",
    )  # fmt: skip
    rows: QuerySet[Any] = Fee.objects.filter(deleted_at=None).select_related(*related)
    return rows.prefetch_related("taxes__tax", "true_ups").order_by("created_at", "id")


def _moment(name: str, lookup: str) -> django_filters.IsoDateTimeFilter:
    return django_filters.IsoDateTimeFilter(field_name=name, lookup_expr=lookup)


class FeeFilter(django_filters.FilterSet):
    fee_type = django_filters.ChoiceFilter(choices=Fee.Type.choices)
    payment_status = django_filters.ChoiceFilter(choices=Fee.PaymentStatus.choices)
    external_subscription_id = django_filters.CharFilter(field_name="subscription__external_id")
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    billable_metric_code = django_filters.CharFilter(field_name="charge__billable_metric__code")
    currency = django_filters.CharFilter()
    event_transaction_id = django_filters.CharFilter()
    created_at_from, created_at_to = _moment("created_at", "gte"), _moment("created_at", "lte")
    succeeded_at_from, succeeded_at_to = _moment("succeeded_at", "gte"), _moment("succeeded_at", "lte")
    failed_at_from, failed_at_to = _moment("failed_at", "gte"), _moment("failed_at", "lte")
    refunded_at_from, refunded_at_to = _moment("refunded_at", "gte"), _moment("refunded_at", "lte")

    class Meta:
        model = Fee
        fields: list[str] = []


class FeesView(ApiView):
    resource, plural = "fee", "fees"

    @extend_schema(responses=FeeOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(self.filtered(FeeFilter, fee_rows()), FeeOutput)


class FeeUpdate(serializers.Serializer):
    payment_status = serializers.ChoiceField(choices=Fee.PaymentStatus.choices)


class FeeView(ApiView):
    resource = "fee"

    @extend_schema(responses=FeeOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.answer(self.found(fee_rows(), lago_id=lago_id), FeeOutput)

    @extend_schema(request=FeeUpdate, responses=FeeOutput)
    def put(self, request: Request, lago_id: Any) -> Response:
        fee, status = self.found(fee_rows(), lago_id=lago_id), self.read(FeeUpdate)["payment_status"]
        standalone_fees.set_payment_status(fee, status=status, now=timezone.now())
        return self.answer(fee_rows().get(pk=fee.pk), FeeOutput)

    @extend_schema(responses=FeeOutput)
    def delete(self, request: Request, lago_id: Any) -> Response:
        fee = self.found(fee_rows(), lago_id=lago_id)
        standalone_fees.delete(fee, now=timezone.now())
        return self.answer(fee, FeeOutput)


class FeeExplanationView(ApiView):
    resource = "fee"

    @extend_schema(responses=Explanation)
    def get(self, request: Request, lago_id: Any) -> Response:
        return Response({"explanation": explain(self.found(fee_rows(), lago_id=lago_id))})


class EstimateFeesView(ApiView):
    resource = "event"

    @extend_schema(request=OneEventInput, responses=EstimatedFees)
    def post(self, request: Request) -> Response:
        now = timezone.now()
        event = _event(request.body, now)
        fees = pay_in_advance.estimate(event, now=now, look=lambda found: [_estimated(fee) for fee in found])
        return Response({"fees": fees})


def _event(raw: bytes, now: datetime) -> Incoming:
    """Return the event to be estimated, under an id that no other has."""
    body = event_input.read(event_input.one_event, raw).event
    body.transaction_id = None  # whatever was sent
    event, problems = event_input.unsent(body, now)
    if event is None:
        raise Invalid(problems)
    return event


def _estimated(fee: Fee) -> ShownFee:
    """Return a fee that was never made: it has no ids."""
    whole = FeeOutput().to_representation(fee_rows().get(pk=fee.pk))
    return {**whole, "lago_id": None, "lago_invoice_id": None, "event_transaction_id": None}
