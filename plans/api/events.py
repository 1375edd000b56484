"""Events as metering keeps them, with the subscription and the customer they belong to (house decision 17)."""

from collections.abc import Mapping, Sequence

from django.http import HttpRequest

from billing_site.core.api import formats
from billing_site.core.errors import NotFound, invalid
from metering.api.events import EventsView, EventView, OneOrListView, Owner
from metering.models import Event
from plans.models import Subscription
from plans.selectors.events_in_advance import live_at, subscriptions_of


class _OwnedEvents(EventsView):
    def parameters(self, request: HttpRequest) -> Mapping[str, str]:
        """Return what the address asks for, with the start of the subscription as the earliest time if it says so."""
        given = dict(super().parameters(request))
        if given.get("timestamp_from_started_at", "").lower() != "true":
            return given
        if not given.get("external_subscription_id"):
            raise invalid("external_subscription_id", "value_is_mandatory")
        started_at = _start(given["external_subscription_id"])
        return given if given.get("timestamp_from") else given | {"timestamp_from": started_at}

    def owners(self, events: Sequence[Event]) -> Mapping[int, Owner]:
        """Return the owners by the events' keys, of those whose subscription was live at their moment."""
        subscriptions = subscriptions_of(events)
        found = {event.pk: live_at(event, subscriptions) for event in events}
        return {key: Owner(row.customer.lago_id, row.lago_id) for key, row in found.items() if row}


class SubscribedEventsView(_OwnedEvents, OneOrListView):
    pass


class SubscribedEventView(_OwnedEvents, EventView):
    pass


def _start(external_id: str) -> str:
    """Return when the newest subscription of this id began."""
    begun = Subscription.objects.filter(external_id=external_id, started_at__isnull=False)
    subscription = begun.order_by("-started_at", "-pk").first()
    if subscription is None:
        raise NotFound("subscription")
    return formats.instant_ms(subscription.started_at) or ""
