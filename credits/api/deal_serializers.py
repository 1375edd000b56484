"""Deals in the style of Lago's coupons."""

from rest_framework import serializers

from billing_site.core.api import fields, formats
from credits.api.serializers import TermsInput
from credits.api.shapes import DealDiscount, ShownDeal, ShownRedemption
from credits.models import Coupon, Deal, DealRedemption
from credits.models.coupons import CouponType, Frequency
from plans.api.charge_serializers import ChargeFilterInput

MOST_CODES, MOST_CUSTOMERS = 1_000, 10_000
MAX_CREDITS = 10**12


class DiscountInput(TermsInput):
    coupon_type = serializers.ChoiceField(choices=CouponType.choices)
    frequency = serializers.ChoiceField(choices=Frequency.choices)


class DealChargeInput(serializers.Serializer):
    """What of a charge a deal prices anew; the charge is named by its code."""

    code = fields.CodeField()
    properties = serializers.DictField(required=False)
    min_amount_cents = fields.CentsField(required=False)
    filters = serializers.ListField(child=ChargeFilterInput(), required=False, max_length=1000)


class DealFixedChargeInput(serializers.Serializer):
    code = fields.CodeField()
    properties = serializers.DictField()


class PricesInput(serializers.Serializer):
    amount_cents = fields.CentsField(required=False, allow_null=True)
    charges = serializers.ListField(child=DealChargeInput(), required=False, max_length=1000)
    fixed_charges = serializers.ListField(child=DealFixedChargeInput(), required=False, max_length=1000)


class DealUpdate(serializers.Serializer):
    code = fields.CodeField(required=False)
    name = fields.CodeField(required=False)
    description = fields.TextField(max_length=600)
    redemption_codes = serializers.ListField(
        child=fields.CodeField(max_length=100), required=False, allow_null=True, max_length=MOST_CODES
    )
    email_domains = serializers.ListField(
        child=fields.CodeField(), required=False, allow_null=True, max_length=MOST_CODES
    )
    external_customer_ids = serializers.ListField(
        child=fields.CodeField(), required=False, allow_null=True, max_length=MOST_CUSTOMERS
    )
    max_redemptions = fields.BoundedIntegerField(required=False, allow_null=True, min_value=1)
    max_per_customer = fields.BoundedIntegerField(required=False, min_value=1, max_value=1000)
    expiration_at = fields.InstantField(required=False, allow_null=True)
    discount = DiscountInput(required=False, allow_null=True)
    currency = fields.CurrencyField(required=False, allow_null=True)
    granted_credits = fields.DecimalStringField(required=False, allow_null=True, min_value=0, max_value=MAX_CREDITS)
    credits_days = fields.BoundedIntegerField(required=False, allow_null=True, min_value=1, max_value=3650)
    trial_days = fields.BoundedIntegerField(required=False, max_value=3650)
    plan_code = fields.CodeField(required=False, allow_null=True)
    plan_overrides = PricesInput(required=False, allow_null=True)
    subscribes = serializers.BooleanField(required=False)


class DealInput(DealUpdate):
    code = fields.CodeField()
    name = fields.CodeField()


class CodeInput(serializers.Serializer):
    redemption_code = fields.CodeField(max_length=100)
    external_subscription_id = fields.CodeField(required=False, allow_null=True)


class RedemptionInput(CodeInput):
    external_customer_id = fields.CodeField()
    redemption_code = fields.CodeField(max_length=100, required=False, allow_null=True)


class DealOutput(serializers.BaseSerializer):
    def to_representation(self, deal: Deal) -> ShownDeal:
        """Return the deal, with who may have it and what it gives."""
        return {
            "lago_id": deal.lago_id,
            "code": deal.code,
            "name": deal.name,
            "description": deal.description or None,
            "redemption_codes": [code.text for code in deal.codes.all()],
            "email_domains": deal.email_domains,
            "external_customer_ids": [customer.external_id for customer in deal.customers.all()],
            "max_redemptions": deal.max_redemptions,
            "max_per_customer": deal.max_per_customer,
            "redemptions_count": deal.redeemed_count,
            "expiration_at": formats.instant(deal.expiration_at),
            "discount": _discount(deal.coupon) if deal.coupon else None,
            "currency": deal.currency or None,
            "granted_credits": formats.decimal_string(deal.granted_credits),
            "credits_days": deal.credits_days,
            "trial_days": deal.trial_days,
            "plan_code": deal.plan.code if deal.plan else None,
            "plan_overrides": deal.plan_overrides,
            "subscribes": deal.subscribes,
            "created_at": formats.instant(deal.created_at),
        }


def _discount(coupon: Coupon) -> DealDiscount:
    return {
        "coupon_type": coupon.coupon_type,
        "amount_cents": coupon.amount_cents,
        "amount_currency": coupon.amount_currency or None,
        "percentage_rate": formats.decimal_string(coupon.percentage_rate),
        "frequency": coupon.frequency,
        "frequency_duration": coupon.frequency_duration,
    }


class RedemptionOutput(serializers.BaseSerializer):
    def to_representation(self, taken: DealRedemption) -> ShownRedemption:
        """Return that a customer took a deal, with the ids of all that it gave."""
        subscription = taken.subscription
        return {
            "lago_id": taken.lago_id,
            "deal_code": taken.deal.code,
            "deal_name": taken.deal.name,
            "lago_customer_id": taken.customer.lago_id,
            "external_customer_id": taken.customer.external_id,
            "source": taken.source,
            "redemption_code": taken.code or None,
            "lago_applied_coupon_id": taken.applied_coupon.lago_id if taken.applied_coupon else None,
            "lago_wallet_id": taken.wallet.lago_id if taken.wallet else None,
            "lago_subscription_id": subscription.lago_id if subscription else None,
            "external_subscription_id": subscription.external_id if subscription else None,
            "subscribed": taken.is_subscribed,
            "trial_days": taken.trial_days,
            "plan_overrides": taken.prices_given,
            "created_at": formats.instant(taken.created_at),
            "taken_back_at": formats.instant(taken.taken_back_at),
        }
