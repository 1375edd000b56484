"""What is watched, and what was told of it."""

from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_moment, shown_number
from billing_site.core.admin.panels import link
from webhooks.models import Alert, AlertThreshold, TriggeredAlert


class ThresholdInline(RowsInline):
    model = AlertThreshold
    fields = ("value", "code", "recurring")
    show_change_link = False


class TriggeredInline(RowsInline):
    model = TriggeredAlert
    fields = ("triggered_at", "previous_value", "current_value")
    readonly_fields = ("triggered_at",)
    ordering = ("-id",)
    per_page = 20
    verbose_name_plural = "was told"
    show_change_link = False


@admin.register(Alert)
class AlertAdmin(StaffAdmin):
    list_display = ("__str__", "alert_type", "of", "metric", "seen", "looked", "taken_away")
    list_filter = ("alert_type",)
    list_select_related = ("wallet", "billable_metric")
    search_fields = ("code__istartswith", "external_subscription_id__istartswith")
    inlines = (ThresholdInline, TriggeredInline)
    empty_says = (
        "Make one over the API: POST /api/v1/subscriptions/ID/alerts, or .../wallets/CODE/alerts of a customer."
    )
    fieldsets = ((None, {"fields": ("code", "name", "alert_type", "of", "metric", "seen", "looked", "taken_away")}),)
    readonly_fields = ("of", "metric", "seen", "looked", "taken_away")

    @display(description="of")
    def of(self, alert: Alert) -> Any:
        return link(alert.wallet) if alert.wallet else alert.external_subscription_id

    @display(description="metric")
    def metric(self, alert: Alert) -> Any:
        return link(alert.billable_metric)

    @display(description="value last seen")
    def seen(self, alert: Alert) -> str:
        return shown_number(alert.previous_value)

    @display(description="changed", ordering="last_processed_at")
    def looked(self, alert: Alert) -> str:
        return shown_moment(alert.last_processed_at)

    @display(description="taken away", ordering="deleted_at")
    def taken_away(self, alert: Alert) -> str:
        return shown_moment(alert.deleted_at)
