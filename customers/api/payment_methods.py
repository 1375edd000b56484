"""References to payment methods, as several things take and show them."""

from collections.abc import Mapping
from typing import Any, TypedDict

from rest_framework import serializers

from billing_site.core.api import fields


class MethodReference(TypedDict):
    payment_method_type: str
    payment_method_id: str | None


class PaymentMethodInput(serializers.Serializer):
    payment_method_type = serializers.ChoiceField(choices=["provider", "manual"], required=False, allow_null=True)
    payment_method_id = fields.TextField()


def shown_method(method: Mapping[str, Any] | None) -> MethodReference:
    """Return a reference to a payment method; the customer's own where there is none."""
    method = method or {}
    return {
        "payment_method_type": method.get("payment_method_type") or "provider",
        "payment_method_id": method.get("payment_method_id") or None,
    }
