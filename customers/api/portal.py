"""The link to a customer's portal over the API."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing_site.core.api.views import ApiView
from customers.api.shapes import PortalUrl
from customers.models import Customer
from customers.selectors import portal_links


class PortalUrlView(ApiView):
    """A link that opens the customer's portal, without a key, for some hours."""

    resource = "customer"

    @extend_schema(responses=PortalUrl)
    def get(self, request: Request, external_id: str) -> Response:
        customer = self.found(Customer.objects.live(), external_id=external_id)
        return Response({"customer": {"portal_url": portal_links.address(customer, now=timezone.now())}})
