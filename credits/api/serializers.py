"""Coupons as Lago shows and reads them."""

from rest_framework import serializers

from billing_site.core.api import fields, formats
from credits.api.shapes import ShownAppliedCoupon, ShownCoupon
from credits.models import AppliedCoupon, Coupon
from credits.models.coupons import CouponType, Frequency


class TermsInput(serializers.Serializer):
    amount_cents = fields.CentsField(required=False, allow_null=True, min_value=1)
    amount_currency = fields.CurrencyField(required=False, allow_null=True)
    percentage_rate = fields.DecimalStringField(required=False, allow_null=True, min_value=0, max_value=100)
    frequency = serializers.ChoiceField(choices=Frequency.choices, required=False, allow_null=True)
    frequency_duration = fields.BoundedIntegerField(required=False, allow_null=True, min_value=1, max_value=1000)


class CouponLimitsInput(serializers.Serializer):
    plan_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=1000)
    billable_metric_codes = serializers.ListField(
        child=fields.CodeField(), required=False, allow_null=True, max_length=1000
    )


class CouponUpdate(TermsInput):
    code = fields.CodeField(required=False)
    name = fields.CodeField(required=False)
    description = fields.TextField(max_length=600)
    coupon_type = serializers.ChoiceField(choices=CouponType.choices, required=False)
    expiration = serializers.ChoiceField(choices=Coupon.Expiration.choices, required=False)
    expiration_at = fields.InstantField(required=False, allow_null=True)
    reusable = serializers.BooleanField(required=False)
    applies_to = CouponLimitsInput(required=False, allow_null=True)


class CouponInput(CouponUpdate):
    code = fields.CodeField()
    name = fields.CodeField()
    coupon_type = serializers.ChoiceField(choices=CouponType.choices)
    frequency = serializers.ChoiceField(choices=Frequency.choices)
    expiration = serializers.ChoiceField(choices=Coupon.Expiration.choices, default="no_expiration")


class AppliedCouponInput(TermsInput):
    external_customer_id = fields.CodeField()
    coupon_code = fields.CodeField()


class CouponOutput(serializers.BaseSerializer):
    def to_representation(self, coupon: Coupon) -> ShownCoupon:
        """Return the coupon with all keys of Lago's."""
        plan_codes = [plan.code for plan in coupon.plans.all()]
        metric_codes = [metric.code for metric in coupon.billable_metrics.all()]
        return {
            "lago_id": coupon.lago_id,
            "name": coupon.name,
            "code": coupon.code,
            "description": coupon.description or None,
            "coupon_type": coupon.coupon_type,
            "amount_cents": coupon.amount_cents,
            "amount_currency": coupon.amount_currency or None,
            "percentage_rate": formats.decimal_string(coupon.percentage_rate),
            "frequency": coupon.frequency,
            "frequency_duration": coupon.frequency_duration,
            "reusable": coupon.reusable,
            "limited_plans": bool(plan_codes),
            "limited_billable_metrics": bool(metric_codes),
            "plan_codes": plan_codes,
            "billable_metric_codes": metric_codes,
            "created_at": formats.instant(coupon.created_at),
            "expiration": coupon.expiration,
            "expiration_at": formats.instant(coupon.expiration_at),
            "terminated_at": formats.instant(coupon.terminated_at),
        }


class AppliedCouponOutput(serializers.BaseSerializer):
    def to_representation(self, applied: AppliedCoupon) -> ShownAppliedCoupon:
        """Return the coupon that a customer has, with all keys of Lago's."""
        coupon = applied.coupon
        return {
            "lago_id": applied.lago_id,
            "lago_coupon_id": coupon.lago_id,
            "coupon_code": coupon.code,
            "coupon_name": coupon.name,
            "coupon_description": coupon.description or None,
            "coupon_status": coupon.status,
            "coupon_deleted_at": formats.instant(coupon.deleted_at),
            "lago_customer_id": applied.customer.lago_id,
            "external_customer_id": applied.customer.external_id,
            "status": applied.status,
            "amount_cents": applied.amount_cents,
            "amount_cents_remaining": applied.remaining_cents,
            "amount_currency": applied.amount_currency or None,
            "percentage_rate": formats.decimal_string(applied.percentage_rate),
            "frequency": applied.frequency,
            "frequency_duration": applied.frequency_duration,
            "frequency_duration_remaining": applied.frequency_duration_remaining,
            "expiration_at": formats.instant(coupon.expiration_at),
            "created_at": formats.instant(applied.created_at),
            "terminated_at": formats.instant(applied.terminated_at),
            "credits": [],
        }
