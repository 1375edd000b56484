from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

OUTSIDE = ("auth",)
MOST_QUERIES = 64


def test_every_list_and_page_opens_and_nothing_can_be_changed_behind_the_services(company):
    for model, page in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        listed = company.get(reverse(f"admin:{name}_changelist"))
        assert listed.status_code == 200, name
        row = model._default_manager.first()
        if row is not None and model._meta.app_label not in OUTSIDE:
            assert company.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200, name
            assert company.post(reverse(f"admin:{name}_delete", args=[row.pk])).status_code == 403, name
            assert not page.has_change_permission(listed.wsgi_request)


def test_a_page_that_is_not_there_is_not_an_error_of_ours(company):
    assert company.get(reverse("admin:plans_subscription_do", args=[1, "no-such-thing"])).status_code == 404
    assert company.get(reverse("admin:plans_subscription_do", args=[10**9, "edit"])).status_code == 404
    assert company.get(reverse("admin:plans_subscription_do", args=["x", "edit"])).status_code == 404


def test_no_page_asks_the_database_more_the_more_rows_there_are(company):
    many = {}
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"admin:{name}_changelist")]
        if model._meta.app_label not in OUTSIDE:
            newest = model._default_manager.order_by("-pk")[:2]
            addresses += [reverse(f"admin:{name}_change", args=[row.pk]) for row in newest]
        for address in [*addresses, reverse("admin:index")]:
            with CaptureQueriesContext(connection) as queries:
                assert company.get(address).status_code == 200, address
            if len(queries) > MOST_QUERIES:
                many[address] = len(queries)

    assert many == {}
