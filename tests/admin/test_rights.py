"""Who may what: role × page × action, held to the table of the README; CSRF; nobody writes rows of money by hand."""

import re

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from billing_site.core.admin import actions
from plans.models import Plan, Subscription

RIGHTS = ("view_books", "serve_customers", "give_discounts", "move_money", "set_prices", "administer")
OUTSIDE = ("auth", "otp_totp", "otp_static", "axes")
ROW = re.compile(r"^\| (Viewer|Support|Finance|Manager|Administrator) \|(.+)\|$", re.M)


def table():
    """Return by role the rights that the README says."""
    text = (settings.BASE_DIR / "billing_site" / "core" / "README.md").read_text(encoding="utf-8")
    said = {role: [cell.strip() == "yes" for cell in cells.split("|")] for role, cells in ROW.findall(text)}
    return {role: {f"core.{name}" for name, has in zip(RIGHTS, row, strict=True) if has} for role, row in said.items()}


def signed_in(name, *, role=None, checks=False):
    user = get_user_model().objects.create_user(name, password="a long password", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client(enforce_csrf_checks=checks)
    client.force_login(user)
    return client


def pages():
    """Yield each page of the books: its name, its admin, and a row if there is one."""
    for model, page in admin.site._registry.items():
        if model._meta.app_label not in OUTSIDE:
            yield f"admin:{model._meta.app_label}_{model._meta.model_name}", page, model._default_manager.first()


def test_each_role_sees_and_does_what_the_table_says_and_nothing_else(company):
    rights = table()
    assert set(rights) == {"Viewer", "Support", "Finance", "Manager", "Administrator"}
    wrong, seen = [], 0
    for role, held in {**rights, None: set()}.items():
        client = signed_in(f"one-{role}", role=role)
        for name, page, row in pages():
            addresses = {reverse(f"{name}_changelist"): "core.view_books"}
            if maker := actions.maker_of(page.model):
                addresses[reverse(f"{name}_add")] = maker.permission
            for action in actions.actions_of(page.model):
                assert action.permission.removeprefix("core.") in RIGHTS
                if row is not None:
                    addresses[reverse(f"{name}_do", args=[row.pk, action.slug])] = action.permission
            for address, right in addresses.items():
                seen += 1
                allowed = right in held and "core.view_books" in held
                if (client.get(address).status_code == 200) != allowed:
                    wrong.append(f"{role} {address}")

    assert wrong == []
    assert seen > 400


def test_nobody_writes_rows_by_hand_a_superuser_neither(company):
    open_to_writing = []
    for name, page, row in pages():
        if row is None:
            continue
        before = page.model._default_manager.filter(pk=row.pk).values().get()
        for address in (reverse(f"{name}_change", args=[row.pk]), reverse(f"{name}_delete", args=[row.pk])):
            if company.post(address, {"post": "yes", "name": "x"}).status_code != 403:
                open_to_writing.append(address)
        assert page.model._default_manager.filter(pk=row.pk).values().get() == before

    assert open_to_writing == []


def test_a_form_from_elsewhere_is_refused(company):
    client = signed_in("careless", role="Administrator", checks=True)
    row, plan = Subscription.objects.first(), Plan.objects.first()
    for address in (
        reverse("admin:plans_subscription_do", args=[row.pk, "edit"]),
        reverse("admin:plans_subscription_undo", args=[row.pk, 1]),
        reverse("admin:plans_subscription_bulk", args=["extend-trial"]),
        reverse("admin:plans_plan_add"),
        reverse("admin:plans_plan_do", args=[plan.pk, "delete"]),
        reverse("admin:invoicing_parkedcustomer_changelist"),
        reverse("admin:logout"),
    ):
        answer = client.post(address, {"confirm": "1", "name": "x", "ends": "now"})
        assert answer.status_code == 403, address
        assert b"CSRF" in answer.content
