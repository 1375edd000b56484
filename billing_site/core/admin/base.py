"""What all staff pages share: read-only unless said otherwise, with the actions, panels and history of an object."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

from billing_site.core.admin import action_views, actions, bulk_views, exports, searching
from billing_site.core.admin.history import history
from billing_site.core.admin.panels import roof
from billing_site.core.admin.shown import shown_day, shown_local_day, shown_moment, shown_money, shown_number

__all__ = ["RowsInline", "StaffAdmin", "shown_day", "shown_local_day", "shown_moment", "shown_money", "shown_number"]

SEE_ALL, SERVE = "core.view_books", "core.serve_customers"


class ListAdmin(ModelAdmin):
    """A list that can be downloaded, and searched by indexes."""

    change_list_template = "admin/staff/list.html"
    empty_says = ""

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the list as a file."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the rows that the list would show under the same filters and search, as a CSV file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            raise Http404("There is no such list.") from None
        name = f"{str(self.opts.verbose_name_plural).replace(' ', '-')}-{timezone.now():%Y-%m-%d}"
        return exports.response(rows, exclude=self.exclude or (), name=name)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """Return the rows that begin with what was typed."""
        term, fields = searching.clean(search_term), self.get_search_fields(request)
        return (searching.search(queryset, list(fields), term) if term and fields else queryset), False


class StaffAdmin(ListAdmin):
    """
    A list and a page to read. What may be changed is changed by actions that call services.

    The page shows buttons for what can be done, the panels of the app and of the floors above, all fields, and what
    happened. `empty_says` is what an empty list tells a person to do.
    """

    show_full_result_count = False
    paginator = InfinitePaginator
    list_per_page = 50
    list_filter_submit = True
    ordering = ("-pk",)
    change_form_template = "admin/staff/object.html"
    show_add_link = False  # a list has a button with words instead
    empty_says = "Rows come here from the API and from what staff do."

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the actions of an object, and of undoing them."""
        name, wrapped = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        return [
            path("bulk/<slug:slug>/", wrapped(self.act_on_many), name=f"{name}_bulk"),
            path("<path:object_id>/do/<slug:slug>/", wrapped(self.act), name=f"{name}_do"),
            path("<path:object_id>/undo/<int:act_id>/", wrapped(self.undo), name=f"{name}_undo"),
            *super().get_urls(),
        ]

    def act(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        """Show, rehearse or do an action."""
        return action_views.act(request, self, object_id, slug)

    def undo(self, request: HttpRequest, object_id: str, act_id: int) -> HttpResponse:
        """Show, rehearse or do the undoing of an act."""
        return action_views.undo(request, self, object_id, act_id)

    def act_on_many(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Show, rehearse or begin an action on many rows of the list."""
        return bulk_views.act(request, self, slug)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show a list, with the button that makes one and what can be done to many, as this member of staff may."""
        maker = actions.maker_of(self.model) if self.has_add_permission(request) else None
        shown = {"maker": maker and maker.title, "bulk": bulk_views.offered(request, self)}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def get_list_display(self, request: HttpRequest) -> Any:
        """Have boxes to tick where something can be done to many."""
        shown = super().get_list_display(request)
        return ["tick", *shown] if bulk_views.offered(request, self) else shown

    @admin.display(description=bulk_views.TICK_ALL)
    def tick(self, obj: models.Model) -> str:
        """Return the box that chooses a row."""
        return bulk_views.box(obj)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """Link the first column that is no box."""
        return super().get_list_display_links(request, [name for name in list_display if name != "tick"])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show an object with what can be done, what there is to know and what happened."""
        now, obj = timezone.now(), self.get_object(request, object_id)
        if obj is None or not self.has_view_permission(request, obj):
            return super().change_view(request, object_id, form_url, extra_context)
        shown = roof().page(obj, now=now, on=request.GET.get("on", ""))
        context = {
            "subtitle": None,
            "title": str(obj),
            "buttons": self.buttons(request, obj, now),
            "panels": shown,
            "history": history(obj, zone=self.zone_of(obj)),
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def buttons(self, request: HttpRequest, obj: models.Model, now: Any) -> list[dict[str, Any]]:
        """Return what this member of staff can do to the object, and why not what cannot be done now."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_do"
        found: list[dict[str, Any]] = [
            {
                "title": action.title,
                "icon": action.icon,
                "address": reverse(name, args=[obj.pk, action.slug]),
                "obstacle": action.obstacle(obj, now=now),
            }
            for action in actions.actions_of(self.model)
            if action.may(request.user, obj)
        ]
        for button in [button for button in found if not button["obstacle"]][:1]:
            button["is_main"] = True
        return found

    def zone_of(self, obj: models.Model) -> str:
        """Return the time zone that the object's moments are shown in."""
        return "UTC"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those see who may see the books, or this kind of rows."""
        return bool(request.user.has_perm(SEE_ALL)) or super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to whoever may see the books."""
        return bool(request.user.has_perm(SEE_ALL)) or super().has_module_permission(request)

    def has_serve_permission(self, request: HttpRequest) -> bool:
        """Let those try again what failed who serve customers (for list actions)."""
        return bool(request.user.has_perm(SERVE))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those make one whose role says so, where staff can: by the service that the API calls."""
        maker = actions.maker_of(self.model)
        return maker is not None and maker.may(request.user)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Show the form that makes one."""
        return action_views.make(request, self)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Say no: rows change by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no: nothing that money depends on is deleted."""
        return False


class RowsInline(TabularInline):
    """Rows of a page, to read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those see who may see the books."""
        return bool(request.user.has_perm(SEE_ALL)) or super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        return False
