"""Plans as Lago shows and reads them."""

from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from customers.api.serializers import TaxOutput
from plans.api.charge_serializers import ChargeInput, ChargeOutput
from plans.api.commitment_serializers import CommitmentInput, shown_commitment
from plans.api.entitlement_serializers import EntitlementOutput
from plans.api.fixed_charge_serializers import FixedChargeInput, FixedChargeOutput, fixed_charges_of
from plans.api.shapes import ShownPlan
from plans.api.usage_threshold_serializers import (
    ApplicableThresholdOutput,
    UsageThresholdOutput,
    UsageThresholdsField,
)
from plans.models import Plan
from plans.selectors import usage_thresholds
from plans.selectors.entitlements import of_plan

LONG_INTERVALS = (Plan.Interval.YEARLY, Plan.Interval.SEMIANNUAL)
BILLED_MONTHLY = ("bill_charges_monthly", "bill_fixed_charges_monthly")


class PlanUpdate(serializers.Serializer):
    code = fields.CodeField(required=False)
    name = fields.CodeField(required=False)
    invoice_display_name = fields.TextField()
    description = fields.TextField(max_length=600)
    interval = serializers.ChoiceField(choices=Plan.Interval.choices, required=False)
    amount_cents = fields.CentsField(required=False)
    amount_currency = fields.CurrencyField(required=False)
    trial_period = fields.DecimalNumberField(required=False, allow_null=True, min_value=0, max_value=3650)
    pay_in_advance = serializers.BooleanField(required=False, allow_null=True)
    bill_charges_monthly = serializers.BooleanField(required=False, allow_null=True)
    bill_fixed_charges_monthly = serializers.BooleanField(required=False, allow_null=True)
    metadata = serializers.DictField(child=fields.TextField(), required=False, allow_null=True)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)
    charges = fields.ObjectsField(child=ChargeInput())
    fixed_charges = fields.ObjectsField(child=FixedChargeInput())
    usage_thresholds = UsageThresholdsField()
    minimum_commitment = CommitmentInput(required=False, allow_null=True)
    cascade_updates = serializers.BooleanField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Monthly billing of charges means nothing on shorter intervals, where Lago forgets it (table 1.5)."""
        interval = attrs.get("interval")
        if interval and interval not in LONG_INTERVALS:
            for name in BILLED_MONTHLY:
                attrs.pop(name, None)
        return attrs


class PlanInput(PlanUpdate):
    code = fields.CodeField()
    name = fields.CodeField()
    interval = serializers.ChoiceField(choices=Plan.Interval.choices)
    amount_cents = fields.CentsField()
    amount_currency = fields.CurrencyField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """On a long interval charges are billed monthly or they are not; on others the question has no answer."""
        attrs = super().validate(attrs)
        if attrs["interval"] in LONG_INTERVALS:
            attrs |= {name: bool(attrs.get(name)) for name in BILLED_MONTHLY}
        return attrs


class PlanOutput(serializers.BaseSerializer):
    def to_representation(self, plan: Plan) -> ShownPlan:
        """Return the plan with all keys of Lago's; its counters are constant zeros there too."""
        charges = [charge for charge in plan.charges.all() if charge.deleted_at is None]
        return {
            "lago_id": plan.lago_id,
            "name": plan.name,
            "invoice_display_name": plan.invoice_display_name or None,
            "created_at": formats.instant(plan.created_at),
            "code": plan.code,
            "interval": plan.interval,
            "description": plan.description or None,
            "amount_cents": plan.amount_cents,
            "amount_currency": plan.amount_currency,
            "trial_period": plan.trial_period,
            "pay_in_advance": plan.pay_in_advance,
            "bill_charges_monthly": plan.bill_charges_monthly,
            "bill_fixed_charges_monthly": plan.bill_fixed_charges_monthly,
            "customers_count": 0,
            "active_subscriptions_count": 0,
            "draft_invoices_count": 0,
            "parent_id": plan.parent.lago_id if plan.parent else None,
            "pending_deletion": plan.pending_deletion,
            "charges": ChargeOutput(sorted(charges, key=lambda charge: charge.pk), many=True).data,
            "fixed_charges": FixedChargeOutput(fixed_charges_of(plan), many=True).data,
            "entitlements": EntitlementOutput(of_plan(plan), many=True).data,
            "usage_thresholds": UsageThresholdOutput(usage_thresholds.own(plan), many=True).data,
            "applicable_usage_thresholds": ApplicableThresholdOutput(usage_thresholds.of_plan(plan), many=True).data,
            "taxes": TaxOutput(plan.taxes.all(), many=True).data,
            "metadata": plan.metadata or {},
            **shown_commitment(plan),
        }
