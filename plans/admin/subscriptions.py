"""Subscriptions: to read, and what staff do with them, each by the service that the API calls."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import FieldTextFilter, RadioFilter
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


class TrialFilter(RadioFilter):
    """Trials that are still running, or end in the next seven days."""

    title, parameter_name = "trial", "trial"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("running", "running"), ("week", "ends within a week")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Subscription]") -> "QuerySet[Subscription]":
        now = timezone.now()
        running = Q(status=Subscription.Status.ACTIVE, trial_ends_at__gt=now)
        wanted = {"running": running, "week": running & Q(trial_ends_at__lte=now + timedelta(days=7))}
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(Subscription)
class SubscriptionAdmin(StaffAdmin):
    list_display = ("__str__", "of_customer", "of_plan", "shown_status", "started", "trial", "next_billing")
    list_filter = ("status", TrialFilter, ("customer__country", FieldTextFilter), "plan__interval", "billing_time")
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
