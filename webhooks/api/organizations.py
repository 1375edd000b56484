"""The organization as customers keeps it, with where its webhooks go."""

from rest_framework.response import Response

from billing_site.core.models import Organization
from customers.api.views import OrganizationView
from webhooks.models import WebhookEndpoint


class ToldOrganizationView(OrganizationView):
    def shown(self, organization: Organization) -> Response:
        """Answer the organization; `webhook_url` is Lago's old name for the first of them."""
        answer = super().shown(organization)
        urls = list(WebhookEndpoint.objects.live().order_by("id").values_list("webhook_url", flat=True))
        answer.data[self.resource] |= {"webhook_url": next(iter(urls), None), "webhook_urls": urls}
        return answer
