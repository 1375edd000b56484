"""Members of staff and their roles, in the site's own dress; the queue's tables are nobody's business."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import ManyToManyField
from django.forms import Field
from django.http import HttpRequest
from django_q import admin as queue
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from billing_site.core.admin.base import ListAdmin

# Naming the queue's pages here has them registered before they are taken away, whichever is read first.
QUEUE_PAGES = queue
for model in (User, Group, Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class StaffMemberAdmin(UserAdmin, ListAdmin):
    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    search_fields = ("username__istartswith", "last_name__istartswith", "email__istartswith")
    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")
    filter_horizontal = ()
    formfield_overrides = {ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}}
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )


@admin.register(Group)
class RoleAdmin(GroupAdmin, ListAdmin):
    search_fields = ("name__istartswith",)
    list_display = ("name",)
    filter_horizontal = ()
    formfield_overrides = {ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}}

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Field | None:
        """Offer the duties, each in words: what else Django keeps permissions for gives no right here."""
        duties = Permission.objects.filter(content_type__app_label="core", content_type__model="organization")
        options["queryset"] = duties.exclude(codename__endswith="_organization").order_by("pk")
        field: Any = super().formfield_for_manytomany(db_field, request, **options)
        field.label_from_instance = lambda duty: duty.name
        return field
