"""Webhook endpoints, and the public key of signatures."""

import base64
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from webhooks.api.serializers import EndpointInput, EndpointOutput, EndpointUpdate
from webhooks.api.shapes import WebhookPublicKey
from webhooks.models import WebhookEndpoint
from webhooks.services import endpoints, signing


class EndpointsView(ApiView):
    resource, plural = "webhook_endpoint", "webhook_endpoints"

    @extend_schema(responses=EndpointOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listing(WebhookEndpoint.objects.live().order_by("-created_at", "-id"), EndpointOutput)

    @extend_schema(request=EndpointInput, responses=EndpointOutput)
    def post(self, request: Request) -> Response:
        """Make an endpoint; its `signing_secret` is in this answer alone."""
        endpoint, secret = endpoints.create(now=timezone.now(), **self.read(EndpointInput))
        answer = self.answer(endpoint, EndpointOutput)
        answer.data[self.resource]["signing_secret"] = secret
        return answer


class EndpointView(ApiView):
    resource = "webhook_endpoint"

    def endpoint(self, lago_id: Any) -> WebhookEndpoint:
        """Return the endpoint of the address."""
        found: WebhookEndpoint = self.found(WebhookEndpoint.objects.live(), lago_id=lago_id)
        return found

    @extend_schema(responses=EndpointOutput)
    def get(self, request: Request, lago_id: Any) -> Response:
        return self.answer(self.endpoint(lago_id), EndpointOutput)

    @extend_schema(request=EndpointUpdate, responses=EndpointOutput)
    def put(self, request: Request, lago_id: Any) -> Response:
        endpoint = self.endpoint(lago_id)
        return self.answer(endpoints.update(endpoint, now=timezone.now(), **self.read(EndpointUpdate)), EndpointOutput)

    @extend_schema(responses=EndpointOutput)
    def delete(self, request: Request, lago_id: Any) -> Response:
        return self.answer(endpoints.delete(self.endpoint(lago_id), now=timezone.now()), EndpointOutput)


def _public_key() -> str:
    return base64.b64encode(signing.key(now=timezone.now()).public_key.encode()).decode()


class PublicKeyView(ApiView):
    resource = "webhook_jwt_public_key"

    @extend_schema(responses=OpenApiTypes.STR)
    def get(self, request: Request) -> HttpResponse:
        """Answer the base64 of the PEM, as text."""
        return HttpResponse(_public_key(), content_type="text/plain")


class JsonPublicKeyView(ApiView):
    resource = "webhook_jwt_public_key"

    @extend_schema(responses=WebhookPublicKey)
    def get(self, request: Request) -> Response:
        """Answer the base64 of the PEM, as JSON."""
        return Response({"webhook": {"public_key": _public_key()}})
