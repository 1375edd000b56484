from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from billing_site.core.errors import NotFound
from credits.api import serializers
from credits.models import AppliedCoupon, Coupon
from credits.services import applied_coupons, coupons
from customers.models import Customer


def coupon_rows() -> "QuerySet[Any]":
    """Return the live coupons with their limits."""
    rows: QuerySet[Any] = Coupon.objects.live().prefetch_related("plans", "billable_metrics")
    return rows.order_by("-created_at", "-id")


def applied_rows() -> "QuerySet[Any]":
    """Return the coupons that customers have."""
    return AppliedCoupon.objects.select_related("coupon", "customer").order_by("-created_at", "-id")


class CouponsView(ApiView):
    resource, plural = "coupon", "coupons"

    @extend_schema(responses=serializers.CouponOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(coupon_rows(), serializers.CouponOutput)

    @extend_schema(request=serializers.CouponInput, responses=serializers.CouponOutput)
    def post(self, request: Request) -> Response:
        coupon = coupons.create(now=timezone.now(), **self.read(serializers.CouponInput))
        return self.answer(coupon, serializers.CouponOutput)


class CouponView(ApiView):
    resource = "coupon"

    @extend_schema(responses=serializers.CouponOutput)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(self.found(coupon_rows(), code=code), serializers.CouponOutput)

    @extend_schema(request=serializers.CouponUpdate, responses=serializers.CouponOutput)
    def put(self, request: Request, code: str) -> Response:
        coupon = self.found(coupon_rows(), code=code)
        coupon = coupons.update(coupon, now=timezone.now(), **self.read(serializers.CouponUpdate))
        return self.answer(coupon, serializers.CouponOutput)

    @extend_schema(responses=serializers.CouponOutput)
    def delete(self, request: Request, code: str) -> Response:
        coupon = coupons.delete(self.found(coupon_rows(), code=code), now=timezone.now())
        return self.answer(coupon, serializers.CouponOutput)


class AppliedCouponFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=AppliedCoupon.Status.choices)
    external_customer_id = django_filters.CharFilter(field_name="customer__external_id")
    coupon_code = django_filters.AllValuesMultipleFilter(field_name="coupon__code")

    class Meta:
        model = AppliedCoupon
        fields: list[str] = []


class AppliedCouponsView(ApiView):
    resource, plural = "applied_coupon", "applied_coupons"

    @extend_schema(responses=serializers.AppliedCouponOutput(many=True))
    def get(self, request: Request) -> Response:
        rows = self.filtered(AppliedCouponFilter, applied_rows())
        return self.listing(rows, serializers.AppliedCouponOutput)

    @extend_schema(request=serializers.AppliedCouponInput, responses=serializers.AppliedCouponOutput)
    def post(self, request: Request) -> Response:
        terms = self.read(serializers.AppliedCouponInput)
        customer = self.found(Customer.objects.live(), "customer", external_id=terms.pop("external_customer_id"))
        coupon = self.found(coupon_rows(), "coupon", code=terms.pop("coupon_code"))
        applied = applied_coupons.give(customer, coupon, now=timezone.now(), **terms)
        return self.answer(applied, serializers.AppliedCouponOutput)


class CustomerAppliedCouponsView(ApiView):
    resource, plural = "applied_coupon", "applied_coupons"

    @extend_schema(responses=serializers.AppliedCouponOutput(many=True))
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        rows = self.filtered(AppliedCouponFilter, applied_rows().filter(customer=customer))
        return self.listing(rows, serializers.AppliedCouponOutput)


class CustomerAppliedCouponView(ApiView):
    resource = "applied_coupon"

    @extend_schema(responses=serializers.AppliedCouponOutput)
    def delete(self, request: Request, external_id: str, lago_id: Any) -> Response:
        customer = self.found(Customer.objects.live(), "customer", external_id=external_id)
        applied = self.found(applied_rows(), customer=customer, lago_id=lago_id)
        if applied.status != AppliedCoupon.Status.ACTIVE:
            raise NotFound("applied_coupon")
        applied = applied_coupons.take_back(applied, now=timezone.now())
        return self.answer(applied, serializers.AppliedCouponOutput)
