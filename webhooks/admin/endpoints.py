"""Who is told, and how it goes."""

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_moment
from webhooks.models import Delivery, WebhookEndpoint

MOST_COUNTED = 999


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(StaffAdmin):
    list_display = ("__str__", "webhook_url", "told_of", "shown_state", "failures", "taken_away")
    list_filter = ("state", "signature_algo")
    search_fields = ("webhook_url__istartswith", "name__istartswith")
    empty_says = (
        "Add one from the page of the company (House, Company), or over the API: POST /api/v1/webhook_endpoints."
    )
    fieldsets = (
        (None, {"fields": ("webhook_url", "name", "signature_algo", "told_of")}),
        ("How it goes", {"fields": ("state", "waiting", "failed", "failures", "since", "quiet", "last_error")}),
        ("Since when", {"fields": ("made", "taken_away", "old_secret")}),
    )
    readonly_fields = (
        "told_of", "waiting", "failed", "since", "quiet", "made", "taken_away", "old_secret",
    )  # fmt: skip

    @display(description="is told of")
    def told_of(self, endpoint: WebhookEndpoint) -> str:
        return "everything" if endpoint.event_types is None else ", ".join(endpoint.event_types)

    @display(description="state", label={"active": "success", "parked": "danger"}, ordering="state")
    def shown_state(self, endpoint: WebhookEndpoint) -> tuple[str, str]:
        return endpoint.state, endpoint.get_state_display()

    @display(description="waiting")
    def waiting(self, endpoint: WebhookEndpoint) -> str:
        return self._count(endpoint, Delivery.State.PENDING)

    @display(description="given up")
    def failed(self, endpoint: WebhookEndpoint) -> str:
        return self._count(endpoint, Delivery.State.PARKED)

    def _count(self, endpoint: WebhookEndpoint, state: str) -> str:
        found = endpoint.deliveries.filter(state=state)[: MOST_COUNTED + 1].count()
        return f"more than {MOST_COUNTED}" if found > MOST_COUNTED else str(found)

    @display(description="failing since", ordering="failing_since")
    def since(self, endpoint: WebhookEndpoint) -> str:
        return shown_moment(endpoint.failing_since)

    @display(description="not called until", ordering="quiet_until")
    def quiet(self, endpoint: WebhookEndpoint) -> str:
        return shown_moment(endpoint.quiet_until)

    @display(description="made", ordering="created_at")
    def made(self, endpoint: WebhookEndpoint) -> str:
        return shown_moment(endpoint.created_at)

    @display(description="taken away", ordering="deleted_at")
    def taken_away(self, endpoint: WebhookEndpoint) -> str:
        return shown_moment(endpoint.deleted_at)

    @display(description="the secret before this one signs until")
    def old_secret(self, endpoint: WebhookEndpoint) -> str:
        return shown_moment(endpoint.previous_secret_until)
