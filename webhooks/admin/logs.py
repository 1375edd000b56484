"""What was asked of the API, to be read."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from billing_site.core.admin.base import StaffAdmin, shown_moment
from webhooks.models import ApiLog, IntakeCount


@admin.register(ApiLog)
class ApiLogAdmin(StaffAdmin):
    list_display = ("when", "http_method", "request_path", "http_status", "api_key", "client")
    list_filter = ("http_method", "http_status", "api_key")
    search_fields = ("request_path__istartswith", "mark__exact")
    empty_says = "Writing requests of the API come here; those of event intake are counted instead."
    fieldsets = (
        (None, {"fields": ("when", "http_method", "request_path", "http_status")}),
        ("Asked", {"fields": ("api_key", "client", "request_origin", "mark", "asked")}),
        ("Answered", {"fields": ("answered",)}),
    )
    readonly_fields = ("when", "asked", "answered")

    @display(description="when", ordering="logged_at")
    def when(self, entry: ApiLog) -> str:
        return shown_moment(entry.logged_at)

    @display(description="body")
    def asked(self, entry: ApiLog) -> SafeString:
        return _json(entry.request_body)

    @display(description="body")
    def answered(self, entry: ApiLog) -> SafeString:
        return _json(entry.request_response)


@admin.register(IntakeCount)
class IntakeCountAdmin(StaffAdmin):
    list_display = ("when", "path", "http_status", "requests")
    list_filter = ("path", "http_status")
    ordering = ("-hour", "path", "http_status")
    empty_says = "Requests of event intake are counted here by the hour, some seconds after they came."

    @display(description="hour", ordering="hour")
    def when(self, row: IntakeCount) -> str:
        return shown_moment(row.hour)


def _json(value: object) -> SafeString:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html('<pre style="white-space:pre-wrap">{}</pre>', text)
