"""Subscriptions: to read, and what staff do with them, each by the service that the API calls."""

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_local_day
from billing_site.core.admin.panels import link
from plans.models import Subscription
from plans.selectors.schedules import timezone_of

STATUS_COLORS = {
    "active": "success",
    "pending": "info",
    "incomplete": "warning",
    "terminated": "default",
    "canceled": "default",
}


@admin.register(Subscription)
class SubscriptionAdmin(StaffAdmin):
    list_display = ("__str__", "of_customer", "of_plan", "shown_status", "started", "trial", "next_billing")
    list_filter = ("status", "plan__interval", "billing_time")
    list_select_related = ("customer__billing_entity", "plan")
    search_fields = ("external_id__istartswith", "customer__name__istartswith", "name__istartswith")
    empty_says = "Subscribe a customer to a plan over the API: POST /api/v1/subscriptions."

    @display(description="customer", ordering="customer__name")
    def of_customer(self, subscription: Subscription) -> str:
        return link(subscription.customer)

    @display(description="plan")
    def of_plan(self, subscription: Subscription) -> str:
        return link(subscription.plan)

    @display(description="status", label=STATUS_COLORS, ordering="status")
    def shown_status(self, subscription: Subscription) -> tuple[str, str]:
        return subscription.status, subscription.get_status_display()

    @display(description="began", ordering="started_at")
    def started(self, subscription: Subscription) -> str:
        return shown_local_day(subscription.started_at, timezone_of(subscription))

    @display(description="trial ends", ordering="trial_ends_at")
    def trial(self, subscription: Subscription) -> str:
        return shown_local_day(subscription.trial_ends_at, timezone_of(subscription))

    @display(description="next billing", ordering="billing_at")
    def next_billing(self, subscription: Subscription) -> str:
        return shown_local_day(subscription.billing_at, timezone_of(subscription))

    def zone_of(self, obj: Subscription) -> str:
        return timezone_of(obj)
