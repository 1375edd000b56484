from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from billing_site.core import dispatch
from billing_site.core.admin.base import StaffAdmin, shown_moment
from billing_site.core.models import Activity, ApiKey, Organization


@admin.register(Organization)
class OrganizationAdmin(StaffAdmin):
    list_display = ("name", "default_currency", "number_prefix")


@admin.register(ApiKey)
class ApiKeyAdmin(StaffAdmin):
    list_display = ("name", "ends_in", "rights", "expires", "last_used", "revoked")
    empty_says = "Make a key from the page of the company, or on the command line: manage.py create_api_key NAME."
    exclude = ("scopes",)
    readonly_fields = ("rights",)

    @display(description="may")
    def rights(self, key: ApiKey) -> str:
        if key.scopes is None:
            return "everything"
        return ", ".join(f"{resource} ({' and '.join(needs)})" for resource, needs in sorted(key.scopes.items()))

    @display(description="ends in")
    def ends_in(self, key: ApiKey) -> str:
        return f"…{key.last_four}"

    @display(description="expires", ordering="expires_at")
    def expires(self, key: ApiKey) -> str:
        return shown_moment(key.expires_at) if key.expires_at else "never"

    @display(description="last used", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> str:
        return shown_moment(key.last_used_at) if key.last_used_at else "never"

    @display(description="revoked", ordering="revoked_at")
    def revoked(self, key: ApiKey) -> str:
        return shown_moment(key.revoked_at)


@admin.register(Activity)
class ActivityAdmin(StaffAdmin):
    """Who did what, when and why; what failed after it can be tried again."""

    list_display = ("happened", "type", "subject_label", "actor_label", "reason", "state")
    list_filter = ("state", "actor_kind")
    search_fields = ("subject_label__istartswith", "type__istartswith")
    actions = ("try_again",)

    @display(description="when")
    def happened(self, activity: Activity) -> str:
        return shown_moment(activity.occurred_at)

    @admin.action(description="Try what failed again", permissions=["serve"])
    def try_again(self, request: HttpRequest, queryset: "QuerySet[Activity]") -> None:
        for activity in queryset:
            dispatch.retry(activity, now=timezone.now())
        self.message_user(request, "They are being tried again.")
