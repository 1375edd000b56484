"""What is taken in of one-off invoices."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields
from customers.api.payment_methods import PaymentMethodInput
from invoicing.api.credit_note_serializers import CentsField


class LineInput(serializers.Serializer):
    add_on_code = fields.CodeField()
    units = fields.DecimalStringField(min_value=Decimal(0), required=False, allow_null=True)
    unit_amount_cents = CentsField(required=False, allow_null=True)
    description = fields.TextField(max_length=600)
    invoice_display_name = fields.TextField()
    from_datetime = fields.InstantField(required=False, allow_null=True)
    to_datetime = fields.InstantField(required=False, allow_null=True)
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=50)


class SectionsInput(serializers.Serializer):
    skip_invoice_custom_sections = serializers.BooleanField(required=False, allow_null=True)
    invoice_custom_section_codes = serializers.ListField(
        child=fields.CodeField(), required=False, allow_null=True, max_length=100
    )


class OneOffInput(serializers.Serializer):
    external_customer_id = fields.CodeField()
    currency = fields.CurrencyField(required=False, allow_null=True)
    billing_entity_code = fields.TextField()
    purchase_order_number = fields.TextField()
    invoice_custom_section = SectionsInput(required=False, allow_null=True)
    payment_method = PaymentMethodInput(required=False, allow_null=True)
    fees = serializers.ListField(child=LineInput(), max_length=1000)


def without_nulls(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given, where null is the same as nothing."""
    return {name: value for name, value in given.items() if value is not None}
