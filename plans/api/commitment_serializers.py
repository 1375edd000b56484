"""Minimum commitments as Lago shows and reads them, within plans."""

from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from customers.api.serializers import TaxOutput
from plans.api.shapes import CommitmentKey, ShownCommitment
from plans.models import Commitment, Plan


class CommitmentInput(serializers.Serializer):
    id = serializers.UUIDField(required=False, allow_null=True)
    amount_cents = fields.CentsField(required=False)
    invoice_display_name = fields.TextField()
    tax_codes = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nothing at all takes the commitment away; anything else needs its amount."""
        if attrs and "amount_cents" not in attrs:
            raise serializers.ValidationError({"amount_cents": ["value_is_mandatory"]})
        return attrs


class CommitmentOutput(serializers.BaseSerializer):
    def to_representation(self, commitment: Commitment) -> ShownCommitment:
        """Return the commitment with all keys of Lago's."""
        return {
            "lago_id": commitment.lago_id,
            "plan_code": commitment.plan.code,
            "invoice_display_name": commitment.invoice_display_name or None,
            "amount_cents": commitment.amount_cents,
            "interval": commitment.plan.interval,
            "created_at": formats.instant(commitment.created_at),
            "updated_at": formats.instant(commitment.updated_at),
            "taxes": TaxOutput(commitment.taxes.all(), many=True).data,
        }


def shown_commitment(plan: Plan) -> CommitmentKey:
    """Return the key of a plan's commitment, no key if it has none."""
    commitment = getattr(plan, "minimum_commitment", None)
    return {"minimum_commitment": CommitmentOutput(commitment).data} if commitment else {}
