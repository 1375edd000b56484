"""Plans and charges as Lago shows and reads them."""

from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from customers.api.serializers import TaxOutput
from plans.api.fixed_charge_serializers import FixedChargeInput, FixedChargeOutput, fixed_charges_of
from plans.models import Charge, Plan


class ChargeInput(serializers.Serializer):
    id = serializers.UUIDField(required=False, allow_null=True)
    billable_metric_id = serializers.UUIDField(required=False, allow_null=True)
    code = fields.TextField()
    invoice_display_name = fields.TextField()
    charge_model = serializers.ChoiceField(choices=Charge.Model.choices)
    properties = serializers.DictField(required=False, allow_null=True)
    pay_in_advance = serializers.BooleanField(required=False, allow_null=True)
    prorated = serializers.BooleanField(required=False, allow_null=True)
    invoiceable = serializers.BooleanField(required=False, allow_null=True)
    regroup_paid_fees = fields.TextField(max_length=20)
    min_amount_cents = fields.CentsField(required=False, allow_null=True)
    accepts_target_wallet = serializers.BooleanField(required=False, allow_null=True)
    filters = serializers.ListField(child=serializers.DictField(), required=False, allow_null=True, max_length=1000)
    applied_pricing_unit = serializers.DictField(required=False, allow_null=True)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)


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
    charges = ChargeInput(many=True, required=False, allow_null=True)
    fixed_charges = FixedChargeInput(many=True, required=False, allow_null=True)
    usage_thresholds = serializers.ListField(child=serializers.DictField(), required=False, allow_null=True)
    minimum_commitment = serializers.DictField(required=False, allow_null=True)
    cascade_updates = serializers.BooleanField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Monthly billing of charges means nothing on shorter intervals, where Lago forgets it (table 1.5)."""
        interval = attrs.get("interval")
        if interval and interval not in (Plan.Interval.YEARLY, Plan.Interval.SEMIANNUAL):
            attrs.pop("bill_charges_monthly", None)
            attrs.pop("bill_fixed_charges_monthly", None)
        return attrs


class PlanInput(PlanUpdate):
    code = fields.CodeField()
    name = fields.CodeField()
    interval = serializers.ChoiceField(choices=Plan.Interval.choices)
    amount_cents = fields.CentsField()
    amount_currency = fields.CurrencyField()


class ChargeOutput(serializers.BaseSerializer):
    def to_representation(self, charge: Charge) -> dict[str, Any]:
        """Return the charge with all keys of Lago's."""
        properties = dict(charge.properties)
        groups = properties.get("pricing_group_keys") or properties.get("grouped_by")
        if groups:
            properties["pricing_group_keys"] = properties["grouped_by"] = groups
        return {
            "lago_id": charge.lago_id,
            "lago_billable_metric_id": charge.billable_metric.lago_id,
            "code": charge.code,
            "invoice_display_name": charge.invoice_display_name or None,
            "billable_metric_code": charge.billable_metric.code,
            "created_at": formats.instant(charge.created_at),
            "charge_model": charge.charge_model,
            "invoiceable": charge.invoiceable,
            "regroup_paid_fees": charge.regroup_paid_fees or None,
            "pay_in_advance": charge.pay_in_advance,
            "prorated": charge.prorated,
            "min_amount_cents": charge.min_amount_cents,
            "accepts_target_wallet": charge.accepts_target_wallet,
            "properties": properties,
            "applied_pricing_unit": None,
            "lago_parent_id": None,
            "filters": [],
            "taxes": TaxOutput(charge.taxes.all(), many=True).data,
        }


class PlanOutput(serializers.BaseSerializer):
    def to_representation(self, plan: Plan) -> dict[str, Any]:
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
            "entitlements": [],
            "usage_thresholds": [],
            "applicable_usage_thresholds": [],
            "taxes": TaxOutput(plan.taxes.all(), many=True).data,
            "metadata": plan.metadata or {},
        }
