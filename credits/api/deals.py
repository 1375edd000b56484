from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from credits.api import deal_serializers as serializers
from credits.models import Deal, DealRedemption
from credits.services import deals, redemptions
from customers.models import Customer


def deal_rows() -> "QuerySet[Any]":
    """Return the live deals with all that is shown of them, newest first."""
    rows: QuerySet[Any] = Deal.objects.live().select_related("plan", "coupon").prefetch_related("codes", "customers")
    return rows.order_by("-created_at", "-id")


def redemption_rows() -> "QuerySet[Any]":
    """Return who took deals, with all that is shown of it, newest first."""
    rows = DealRedemption.objects.select_related("deal", "customer", "applied_coupon", "wallet", "subscription")
    found: QuerySet[Any] = rows.order_by("-created_at", "-id")
    return found


class RedemptionFilter(django_filters.FilterSet):
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")

    class Meta:
        model = DealRedemption
        fields: list[str] = []


class DealsView(ApiView):
    resource, plural = "deal", "deals"

    @extend_schema(responses=serializers.DealOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(deal_rows(), serializers.DealOutput)

    @extend_schema(request=serializers.DealInput, responses=serializers.DealOutput)
    def post(self, request: Request) -> Response:
        deal = deals.create(now=timezone.now(), **self.read(serializers.DealInput))
        return self.answer(deal_rows().get(pk=deal.pk), serializers.DealOutput)


class DealView(ApiView):
    resource = "deal"

    @extend_schema(responses=serializers.DealOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(deal_rows(), code=code), serializers.DealOutput)

    @extend_schema(request=serializers.DealUpdate, responses=serializers.DealOutput)
    def put(self, request: Request, code: str) -> Response:
        deal = self.found(deal_rows(), code=code)
        deals.update(deal, now=timezone.now(), **self.read(serializers.DealUpdate))
        return self.answer(deal_rows().get(pk=deal.pk), serializers.DealOutput)

    @extend_schema(responses=serializers.DealOutput)
    def delete(self, request: Request, code: str) -> Response:
        deal = self.found(deal_rows(), code=code)
        shown = serializers.DealOutput(deal).data
        deals.delete(deal, now=timezone.now())
        return Response({self.resource: shown})


class _Redemptions(ApiView):
    """Rights to deals are rights to what was taken of them."""

    resource, plural, root = "deal", "deal_redemptions", "deal_redemption"

    def customer(self, external_id: str) -> Customer:
        """Return the customer of this id."""
        found: Customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        return found

    def shown(self, taken: DealRedemption) -> Response:
        """Return what a customer took."""
        return self.answer(redemption_rows().get(pk=taken.pk), serializers.RedemptionOutput)


class RedeemView(_Redemptions):
    @extend_schema(request=serializers.RedemptionInput, responses=serializers.RedemptionOutput)
    def post(self, request: Request, code: str) -> Response:
        asked = self.read(serializers.RedemptionInput)
        deal = self.found(deal_rows(), code=code)
        taken = redemptions.redeem(
            self.customer(asked["external_customer_id"]),
            deal=deal,
            code=asked.get("redemption_code") or "",
            external_subscription_id=asked.get("external_subscription_id"),
            now=timezone.now(),
        )
        return self.shown(taken)


class RedemptionsView(_Redemptions):
    @extend_schema(responses=serializers.RedemptionOutput(many=True))
    def get(self, request: Request, code: str) -> Response:
        rows = redemption_rows().filter(deal=self.found(deal_rows(), code=code))
        return self.listing(self.filtered(RedemptionFilter, rows), serializers.RedemptionOutput)


class CustomerRedemptionsView(_Redemptions):
    """The deals of a customer; one is redeemed by its code alone, as the customer knows it."""

    @extend_schema(responses=serializers.RedemptionOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        rows = redemption_rows().filter(customer=self.customer(external_id))
        return self.listing(rows, serializers.RedemptionOutput)

    @extend_schema(request=serializers.CodeInput, responses=serializers.RedemptionOutput)
    def post(self, request: Request, external_id: str) -> Response:
        asked = self.read(serializers.CodeInput)
        taken = redemptions.redeem(
            self.customer(external_id),
            code=asked["redemption_code"],
            external_subscription_id=asked.get("external_subscription_id"),
            now=timezone.now(),
        )
        return self.shown(taken)


class CustomerRedemptionView(_Redemptions):
    def taken(self, external_id: str, lago_id: Any) -> DealRedemption:
        """Return what the customer of the address took."""
        rows = redemption_rows().filter(customer=self.customer(external_id))
        found: DealRedemption = self.found(rows, self.root, lago_id=lago_id)
        return found

    @extend_schema(responses=serializers.RedemptionOutput)
    def get(self, request: Request, external_id: str, lago_id: Any) -> Response:
        return self.shown(self.taken(external_id, lago_id))

    @extend_schema(responses=serializers.RedemptionOutput)
    def delete(self, request: Request, external_id: str, lago_id: Any) -> Response:
        return self.shown(redemptions.take_back(self.taken(external_id, lago_id), now=timezone.now()))
