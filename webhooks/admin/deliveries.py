"""What was told, to whom, and every try; what failed is sent again from here."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_moment
from billing_site.core.admin.panels import link
from webhooks.models import Attempt, Delivery
from webhooks.services import deliveries


class AttemptInline(RowsInline):
    model = Attempt
    fields = ("at", "status", "milliseconds", "error", "response")
    readonly_fields = ("at",)
    ordering = ("-id",)
    per_page = 20
    verbose_name_plural = "tries"
    show_change_link = False


@admin.register(Delivery)
class DeliveryAdmin(StaffAdmin):
    list_display = ("kind", "about", "to", "shown_state", "attempts", "told", "delivered", "last_error")
    list_filter = ("state", "endpoint", "webhook__webhook_type")
    list_select_related = ("webhook__activity", "endpoint")
    search_fields = ("webhook__webhook_type__istartswith", "webhook__activity__subject_label__istartswith")
    inlines = (AttemptInline,)
    actions = ("send_again",)
    empty_says = "Webhooks come here once there is an endpoint and something happens that it is told of."
    fieldsets = (
        (None, {"fields": ("kind", "about", "to", "identity", "number")}),
        ("On its way", {"fields": ("state", "attempts", "told", "next_try", "delivered", "last_error")}),
        ("What it says", {"fields": ("body",)}),
    )
    readonly_fields = (
        "kind", "about", "to", "identity", "number", "told", "next_try", "delivered", "body",
    )  # fmt: skip

    @display(description="webhook", ordering="webhook__webhook_type")
    def kind(self, delivery: Delivery) -> str:
        return delivery.webhook.webhook_type

    @display(description="about")
    def about(self, delivery: Delivery) -> str:
        return delivery.webhook.activity.subject_label

    @display(description="to", ordering="endpoint")
    def to(self, delivery: Delivery) -> Any:
        return link(delivery.endpoint)

    @display(description="id")
    def identity(self, delivery: Delivery) -> str:
        return str(delivery.webhook.lago_id)

    @display(description="number in order")
    def number(self, delivery: Delivery) -> str:
        return str(delivery.webhook.activity_id)

    @display(
        description="state", label={"pending": "info", "delivered": "success", "parked": "danger"}, ordering="state"
    )
    def shown_state(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @display(description="told", ordering="created_at")
    def told(self, delivery: Delivery) -> str:
        return shown_moment(delivery.created_at)

    @display(description="tried next", ordering="next_attempt_at")
    def next_try(self, delivery: Delivery) -> str:
        return shown_moment(delivery.next_attempt_at) if delivery.state == Delivery.State.PENDING else "–"

    @display(description="delivered", ordering="delivered_at")
    def delivered(self, delivery: Delivery) -> str:
        return shown_moment(delivery.delivered_at)

    @display(description="body")
    def body(self, delivery: Delivery) -> SafeString:
        shown = json.dumps(json.loads(delivery.webhook.payload), indent=2, ensure_ascii=False)
        return format_html('<pre style="white-space:pre-wrap">{}</pre>', shown)

    @admin.action(description="Send again", permissions=["serve"])
    def send_again(self, request: HttpRequest, queryset: "QuerySet[Delivery]") -> None:
        now = timezone.now()
        for delivery in queryset:
            deliveries.resend(delivery, now=now)
        self.message_user(request, "They are on their way.")
