"""Every kind of page at the width of a desk and of a telephone: nothing sticks out, nothing breaks."""

import pytest
from django.contrib import admin
from django.urls import reverse

from billing_site.core.admin import actions
from credits.models import Coupon
from customers.models import Customer, Tax
from invoicing.models import Invoice
from metering.models import BillableMetric
from plans.models import AddOn, Charge, Feature, Plan, PricingUnit, Subscription
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser


def pages():
    yield "home", reverse("admin:index")
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield f"list-{model._meta.model_name}", reverse(f"admin:{name}_changelist")
    for model in (Customer, Subscription, Plan, Charge, Invoice):
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        row = model.objects.order_by("pk").first()
        yield model._meta.model_name, reverse(f"admin:{name}_change", args=[row.pk])
        for action in actions.actions_of(model):
            name_of_form = f"{model._meta.model_name}-{action.slug}"
            yield name_of_form, reverse(f"admin:{name}_do", args=[row.pk, action.slug])
    for model in (Plan, BillableMetric, AddOn, Feature, PricingUnit, Tax, Coupon):
        yield f"make-{model._meta.model_name}", reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
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
