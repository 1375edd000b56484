"""Members of staff and their roles, in the site's own dress; the queue's tables are nobody's business."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django_q import admin as queue
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

# Naming the queue's pages here has them registered before they are taken away, whichever is read first.
QUEUE_PAGES = queue
for model in (User, Group, Failure, OrmQ, Schedule, Success):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class StaffMemberAdmin(UserAdmin, ModelAdmin):
    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "last_login")


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):
    list_display = ("name",)
