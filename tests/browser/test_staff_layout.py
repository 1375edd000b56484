"""Every kind of page at the width of a desk and of a telephone: nothing sticks out, nothing breaks."""

import pytest
from django.contrib import admin
from django.urls import reverse

from customers.models import Customer
from invoicing.models import Invoice
from plans.models import Plan, Subscription
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser


def pages():
    yield "home", reverse("admin:index")
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield f"list-{model._meta.model_name}", reverse(f"admin:{name}_changelist")
    for model in (Customer, Subscription, Plan, Invoice):
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        row = model.objects.order_by("pk").first()
        yield model._meta.model_name, reverse(f"admin:{name}_change", args=[row.pk])
    yield "list-empty", reverse("admin:invoicing_parkedcustomer_changelist")
    yield "list-nothing-found", reverse("admin:customers_customer_changelist") + "?q=nobody"


def test_no_page_scrolls_sideways(person):
    wide = []
    for name, path in pages():
        person.open(path)
        for width in (DESK, PHONE):
            person.page.set_viewport_size({"width": width, "height": 900})
            if person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append(f"{name} at {width}")
            person.picture(name)

    assert wide == []
