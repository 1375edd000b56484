"""Webhook endpoints as Lago shows and reads them."""

from typing import Any

from rest_framework import serializers

from billing_site.core.api import fields, formats
from webhooks.api.alert_serializers import organization_of
from webhooks.api.shapes import ShownEndpoint
from webhooks.models import WebhookEndpoint


class EndpointUpdate(serializers.Serializer):
    webhook_url = fields.CodeField(required=False, max_length=2048)
    name = fields.TextField()
    signature_algo = serializers.ChoiceField(choices=WebhookEndpoint.Algorithm.choices, required=False, allow_null=True)
    event_types = serializers.ListField(child=fields.CodeField(), required=False, allow_null=True, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A null name is none; a null algorithm says nothing."""
        if "name" in attrs:
            attrs["name"] = attrs["name"] or ""
        if attrs.get("signature_algo", "") is None:
            del attrs["signature_algo"]
        return attrs


class EndpointInput(EndpointUpdate):
    webhook_url = fields.CodeField(max_length=2048)


class EndpointOutput(serializers.BaseSerializer):
    def to_representation(self, endpoint: WebhookEndpoint) -> ShownEndpoint:
        """Return the endpoint with all keys of Lago's."""
        return {
            "lago_id": endpoint.lago_id,
            "lago_organization_id": organization_of(self.context),
            "webhook_url": endpoint.webhook_url,
            "signature_algo": endpoint.signature_algo,
            "name": endpoint.name or None,
            "event_types": endpoint.event_types,
            "created_at": formats.instant(endpoint.created_at),
        }
