"""Who is told of what."""

from collections.abc import Iterable
from itertools import chain

from webhooks.models import WebhookEndpoint


def live() -> list[WebhookEndpoint]:
    """Return the endpoints that there are, oldest first."""
    return list(WebhookEndpoint.objects.live().order_by("pk"))


def wants(endpoint: WebhookEndpoint, webhook_type: str) -> bool:
    """Test if an endpoint is told of webhooks of this type."""
    return endpoint.event_types is None or webhook_type in endpoint.event_types


def wanted_types(among: Iterable[str]) -> frozenset[str]:
    """Return the webhook types that some endpoint is told of: one small query, none of them while there is none."""
    asked = list(WebhookEndpoint.objects.live().values_list("event_types", flat=True))
    if None in asked:
        return frozenset(among)
    return frozenset(chain.from_iterable(types or () for types in asked))
