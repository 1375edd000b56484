"""Fixed charges as Lago shows and reads them."""

from rest_framework import serializers

from billing_site.core.api import fields, formats
from customers.api.serializers import TaxOutput
from plans.api.shapes import ShownFixedCharge
from plans.models import FixedCharge, Plan


class FixedChargeOverride(serializers.Serializer):
    """What may be changed for one subscription."""

    invoice_display_name = fields.TextField()
    units = fields.DecimalStringField(required=False, allow_null=True, min_value=0)
    apply_units_immediately = serializers.BooleanField(required=False, allow_null=True)
    properties = serializers.DictField(required=False, allow_null=True)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)


class FixedChargeInput(FixedChargeOverride):
    id = serializers.UUIDField(required=False, allow_null=True)
    add_on_id = serializers.UUIDField(required=False, allow_null=True)
    add_on_code = fields.TextField()
    code = fields.TextField()
    charge_model = serializers.ChoiceField(choices=FixedCharge.Model.choices, required=False, allow_null=True)
    pay_in_advance = serializers.BooleanField(required=False, allow_null=True)
    prorated = serializers.BooleanField(required=False, allow_null=True)
    cascade_updates = serializers.BooleanField(required=False, allow_null=True)


class FixedChargeOutput(serializers.BaseSerializer):
    def to_representation(self, fixed_charge: FixedCharge) -> ShownFixedCharge:
        """Return the fixed charge with all keys of Lago's; its display name is never null, which clients need."""
        return {
            "lago_id": fixed_charge.lago_id,
            "lago_add_on_id": fixed_charge.add_on.lago_id,
            "code": fixed_charge.code,
            "invoice_display_name": fixed_charge.display_name,
            "add_on_code": fixed_charge.add_on.code,
            "created_at": formats.instant(fixed_charge.created_at),
            "charge_model": fixed_charge.charge_model,
            "pay_in_advance": fixed_charge.pay_in_advance,
            "prorated": fixed_charge.prorated,
            "properties": fixed_charge.properties,
            "units": formats.decimal_string(fixed_charge.units),
            "lago_parent_id": fixed_charge.parent.lago_id if fixed_charge.parent else None,
            "taxes": TaxOutput(fixed_charge.taxes.all(), many=True).data,
        }


def fixed_charges_of(plan: Plan) -> list[FixedCharge]:
    """Return the live fixed charges of a plan (prefetched), oldest first."""
    live = [fixed_charge for fixed_charge in plan.fixed_charges.all() if fixed_charge.deleted_at is None]
    return sorted(live, key=lambda fixed_charge: fixed_charge.pk)
