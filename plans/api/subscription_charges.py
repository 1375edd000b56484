"""The charges of one subscription and their filters: read as they hold for it, changed for it alone."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api import fields
from billing_site.core.api.views import ApiView
from plans.api import subscriptions as subscription_views
from plans.api.charge_serializers import (
    AppliedPricingUnitInput,
    ChargeFilterInput,
    ChargeFilterOutput,
    ChargeOutput,
)
from plans.models import Charge, ChargeFilter, Subscription
from plans.selectors.charges import with_prices
from plans.services import subscription_charges


class SubscriptionChargeInput(serializers.Serializer):
    invoice_display_name = fields.TextField()
    min_amount_cents = fields.CentsField(required=False, allow_null=True)
    properties = serializers.DictField(required=False, allow_null=True)
    filters = fields.ObjectsField(child=ChargeFilterInput(), required=False, allow_null=True, max_length=1000)
    applied_pricing_unit = AppliedPricingUnitInput(required=False, allow_null=True)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)


class SubscriptionPartView(ApiView):
    """The base of what is nested under a subscription's charges."""

    resource = "charge"

    def subscription(self, external_id: str) -> Subscription:
        """
        Return the subscription: the active one unless ?subscription_status= asks for another.

        :raises NotFound: if there is none
        """
        status = self.request.query_params.get("subscription_status") or Subscription.Status.ACTIVE
        lookup = {"external_id": external_id, "status": status}
        found: Subscription = self.found(subscription_views.rows(), "subscription", **lookup)
        return found

    def charges(self, subscription: Subscription) -> "QuerySet[Any]":
        """Return the charges that hold for a subscription."""
        return with_prices(Charge.objects.live().filter(plan_id=subscription.plan_id))

    def charge(self, subscription: Subscription, code: str) -> Charge:
        """
        Return one charge of a subscription.

        :raises NotFound: if it has none of this code
        """
        found: Charge = self.found(self.charges(subscription), "charge", code=code)
        return found

    def filters(self, subscription: Subscription, code: str) -> "QuerySet[Any]":
        """
        Return the filters of one charge of a subscription.

        :raises NotFound: if it has no charge of this code
        """
        charge = self.charge(subscription, code)
        return ChargeFilter.objects.live().filter(charge=charge).select_related("charge").order_by("pk")


class SubscriptionChargesView(SubscriptionPartView):
    plural = "charges"

    @extend_schema(responses=ChargeOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        return self.listing(self.charges(self.subscription(external_id)), ChargeOutput)


class SubscriptionChargeView(SubscriptionPartView):
    @extend_schema(responses=ChargeOutput)
    def get(self, request: Request, external_id: str, charge_code: str) -> Response:
        return self.answer(self.charge(self.subscription(external_id), charge_code), ChargeOutput)

    @extend_schema(request=SubscriptionChargeInput, responses=ChargeOutput)
    def put(self, request: Request, external_id: str, charge_code: str) -> Response:
        subscription = self.subscription(external_id)
        charge, given = self.charge(subscription, charge_code), self.read(SubscriptionChargeInput)
        subscription_charges.update(subscription, charge, now=timezone.now(), **given)
        return self.answer(self.charge(self.subscription(external_id), charge_code), ChargeOutput)


class SubscriptionChargeFiltersView(SubscriptionPartView):
    root, plural = "filter", "filters"

    @extend_schema(responses=ChargeFilterOutput(many=True))
    def get(self, request: Request, external_id: str, charge_code: str) -> Response:
        rows = self.filters(self.subscription(external_id), charge_code)
        return self.listing(rows, ChargeFilterOutput)

    @extend_schema(request=ChargeFilterInput, responses=ChargeFilterOutput)
    def post(self, request: Request, external_id: str, charge_code: str) -> Response:
        subscription = self.subscription(external_id)
        charge, given = self.charge(subscription, charge_code), self.read(ChargeFilterInput)
        made = subscription_charges.create_filter(subscription, charge, now=timezone.now(), **given)
        return self.answer(made, ChargeFilterOutput)


class SubscriptionChargeFilterView(SubscriptionPartView):
    root = "filter"

    def filter(self, subscription: Subscription, charge_code: str, lago_id: Any) -> ChargeFilter:
        """
        Return one filter.

        :raises NotFound: if there is no such charge or filter
        """
        rows = self.filters(subscription, charge_code)
        found: ChargeFilter = self.found(rows, "charge_filter", lago_id=lago_id)
        return found

    @extend_schema(responses=ChargeFilterOutput)
    def get(self, request: Request, external_id: str, charge_code: str, lago_id: Any) -> Response:
        row = self.filter(self.subscription(external_id), charge_code, lago_id)
        return self.answer(row, ChargeFilterOutput)

    @extend_schema(request=ChargeFilterInput, responses=ChargeFilterOutput)
    def put(self, request: Request, external_id: str, charge_code: str, lago_id: Any) -> Response:
        subscription = self.subscription(external_id)
        row, given = self.filter(subscription, charge_code, lago_id), self.read(ChargeFilterInput)
        row = subscription_charges.update_filter(subscription, row, now=timezone.now(), **given)
        return self.answer(row, ChargeFilterOutput)

    @extend_schema(responses=ChargeFilterOutput)
    def delete(self, request: Request, external_id: str, charge_code: str, lago_id: Any) -> Response:
        subscription = self.subscription(external_id)
        row = self.filter(subscription, charge_code, lago_id)
        row = subscription_charges.delete_filter(subscription, row, now=timezone.now())
        return self.answer(row, ChargeFilterOutput)
