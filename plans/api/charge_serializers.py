"""Charges and their filters as Lago shows and reads them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from customers.api.serializers import TaxOutput
from plans.api.shapes import AppliedPricingUnit, ShownCharge, ShownChargeFilter
from plans.models import Charge, ChargeFilter
from plans.selectors.charges import live_filters


class ValuesField(serializers.DictField):
    """The values that a filter lets each property have."""

    child = serializers.ListField(child=fields.CodeField(), max_length=1000)

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        """Return property → values; at most as many properties as one can look through."""
        values: dict[str, list[str]] = super().to_internal_value(data)
        if len(values) > 50:
            raise serializers.ValidationError("too many", code="value_is_out_of_range")
        return values


class ChargeFilterInput(serializers.Serializer):
    invoice_display_name = fields.TextField()
    properties = serializers.DictField(required=False, allow_null=True)
    values = ValuesField(required=False, allow_null=True)


class ChargeFilterWithCascade(ChargeFilterInput):
    cascade_updates = serializers.BooleanField(required=False, allow_null=True)


class AppliedPricingUnitInput(serializers.Serializer):
    code = fields.CodeField(required=False)
    conversion_rate = fields.DecimalStringField(required=False, min_value=Decimal("0.000000000000001"))


class ChargeUpdate(serializers.Serializer):
    code = fields.TextField()
    invoice_display_name = fields.TextField()
    charge_model = serializers.ChoiceField(choices=Charge.Model.choices, required=False)
    properties = serializers.DictField(required=False, allow_null=True)
    pay_in_advance = serializers.BooleanField(required=False, allow_null=True)
    prorated = serializers.BooleanField(required=False, allow_null=True)
    invoiceable = serializers.BooleanField(required=False, allow_null=True)
    regroup_paid_fees = fields.TextField(max_length=20)
    min_amount_cents = fields.CentsField(required=False, allow_null=True)
    accepts_target_wallet = serializers.BooleanField(required=False, allow_null=True)
    filters = serializers.ListField(child=ChargeFilterInput(), required=False, allow_null=True, max_length=1000)
    applied_pricing_unit = AppliedPricingUnitInput(required=False, allow_null=True)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)
    cascade_updates = serializers.BooleanField(required=False, allow_null=True)


class ChargeInput(ChargeUpdate):
    id = serializers.UUIDField(required=False, allow_null=True)
    billable_metric_id = serializers.UUIDField(required=False, allow_null=True)
    charge_model = serializers.ChoiceField(choices=Charge.Model.choices)


class ChargeOutput(serializers.BaseSerializer):
    def to_representation(self, charge: Charge) -> ShownCharge:
        """Return the charge with all keys of Lago's."""
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
            "properties": shown_properties(charge.properties),
            "applied_pricing_unit": _pricing_unit(charge),
            "lago_parent_id": charge.parent.lago_id if charge.parent else None,
            "filters": [_filter(row, charge) for row in live_filters(charge)],
            "taxes": TaxOutput(charge.taxes.all(), many=True).data,
        }


class ChargeFilterOutput(serializers.BaseSerializer):
    def to_representation(self, row: ChargeFilter) -> ShownChargeFilter:
        """Return the filter with all keys of Lago's."""
        return _filter(row, row.charge)


def shown_properties(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return prices as they are answered: the groups under their new and their old name."""
    properties = dict(stored)
    groups = properties.get("pricing_group_keys") or properties.get("grouped_by")
    if groups:
        properties["pricing_group_keys"] = properties["grouped_by"] = groups
    return properties


def _filter(row: ChargeFilter, charge: Charge) -> ShownChargeFilter:
    return {
        "lago_id": row.lago_id,
        "charge_code": charge.code,
        "invoice_display_name": row.invoice_display_name or None,
        "properties": shown_properties(row.properties),
        "values": row.values,
    }


def _pricing_unit(charge: Charge) -> AppliedPricingUnit | None:
    if charge.pricing_unit is None:
        return None
    return {
        "code": charge.pricing_unit.code,
        "conversion_rate": formats.decimal_string(charge.conversion_rate),
    }
