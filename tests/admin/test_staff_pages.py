from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from billing_site import demo
from billing_site.core.models import Activity, Organization
from customers.models import BillingEntity
from plans.models import Subscription
from tests.databases import fresh

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def company(django_db_blocker_lifted):
    """A member of staff, signed in at a company with two months of history."""
    with fresh(), time_machine.travel(NOW, tick=False):
        Organization.objects.all().delete()
        BillingEntity.objects.all().delete()
        demo.build(now=NOW, months=2, customers_count=12, events=60)
        client = Client()
        client.force_login(get_user_model().objects.create_superuser("staff", password="a long password"))
        yield client


def test_every_list_and_page_opens_and_nothing_can_be_changed_behind_the_services(company):
    for model, page in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        listed = company.get(reverse(f"admin:{name}_changelist"))
        assert listed.status_code == 200, name
        row = model._default_manager.first()
        if row is not None and model._meta.app_label not in ("auth", "django_q"):
            assert company.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200, name
            assert company.post(reverse(f"admin:{name}_delete", args=[row.pk])).status_code == 403, name
            assert not page.has_change_permission(listed.wsgi_request)


def test_a_trial_is_extended_after_a_rehearsal_that_changes_nothing(company):
    subscription = Subscription.objects.filter(trial_ends_at__gt=NOW, status="active").first()
    until = subscription.trial_ends_at + timedelta(days=14)
    form = {"until_0": f"{until:%Y-%m-%d}", "until_1": f"{until:%H:%M:%S}", "reason": "They asked"}
    address = reverse("admin:plans_subscription_extend_trial", args=[subscription.pk])

    rehearsed = company.post(address, form | {"rehearse": ""})

    assert "Trial ends" in rehearsed.content.decode()
    assert Subscription.objects.get(pk=subscription.pk).trial_ends_at == subscription.trial_ends_at

    company.post(address, form | {"confirm": ""})

    changed = Subscription.objects.get(pk=subscription.pk)
    assert changed.trial_ends_at.replace(microsecond=0) == until.replace(microsecond=0)
    [told] = Activity.objects.filter(type="subscription.trial_extended")
    assert (told.actor_kind, told.reason) == ("staff", "They asked")


def test_a_trial_is_not_extended_into_the_past_nor_without_a_reason(company):
    subscription = Subscription.objects.filter(trial_ends_at__gt=NOW, status="active").first()
    address = reverse("admin:plans_subscription_extend_trial", args=[subscription.pk])

    past = company.post(address, {"until_0": "2026-01-01", "until_1": "00:00", "reason": "x", "confirm": ""})
    silent = company.post(address, {"until_0": "2026-07-01", "until_1": "00:00", "reason": "", "confirm": ""})

    assert "cannot end in the past" in past.content.decode()
    assert "required" in silent.content.decode()
    assert Subscription.objects.get(pk=subscription.pk).trial_ends_at == subscription.trial_ends_at
