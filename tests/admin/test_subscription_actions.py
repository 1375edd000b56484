from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from billing_site.core.models import Activity
from invoicing.models import Invoice
from plans.models import Subscription
from tests.admin.conftest import NOW


@pytest.fixture
def on_trial(company):
    return Subscription.objects.filter(trial_ends_at__gt=NOW, status="active").first()


def address(subscription, slug):
    return reverse("admin:plans_subscription_do", args=[subscription.pk, slug])


def test_a_trial_is_extended_after_a_rehearsal_that_changes_nothing(company, on_trial):
    rehearsed = company.post(address(on_trial, "extend-trial"), {"days": "14", "rehearse": "1"}, HTTP_HX_REQUEST="true")

    assert "First charge after the trial" in rehearsed.content.decode()
    assert Subscription.objects.get(pk=on_trial.pk).trial_ends_at == on_trial.trial_ends_at
    assert not Activity.objects.filter(type="subscription.trial_extended").exists()

    company.post(address(on_trial, "extend-trial"), {"days": "14", "reason": "They asked", "confirm": "1"})

    assert Subscription.objects.get(pk=on_trial.pk).trial_ends_at == on_trial.trial_ends_at + timedelta(days=14)
    [told] = Activity.objects.filter(type="subscription.trial_extended")
    assert (told.actor_kind, told.reason) == ("staff", "They asked")
    page = company.get(reverse("admin:plans_subscription_change", args=[on_trial.pk])).content.decode()
    assert "They asked" in page
    assert "Subscription trial extended" in page


def test_a_reason_given_before_confirms_with_one_press(company, on_trial):
    company.post(address(on_trial, "extend-trial"), {"days": "7", "reason": "", "because": "We were at fault"})

    assert Activity.objects.get(type="subscription.trial_extended").reason == "We were at fault"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"last_day": "2026-05-01", "reason": "x"}, "cannot end in the past"),
        ({"days": "14", "reason": ""}, "required"),
        ({"days": "", "reason": "x"}, "name the last free day"),
        ({"last_day": "9999-12-31", "reason": "x"}, "less than or equal"),
        ({"days": "1e9", "reason": "x"}, "valid choice"),
        ({"days": "14", "reason": "\x00"}, "Null characters"),
    ],
)
def test_a_trial_that_cannot_be_is_refused_at_its_field_and_what_was_typed_is_kept(company, on_trial, answers, says):
    page = company.post(address(on_trial, "extend-trial"), {**answers, "confirm": "1"})

    assert page.status_code == 200
    assert says in page.content.decode()
    assert Subscription.objects.get(pk=on_trial.pk).trial_ends_at == on_trial.trial_ends_at


def test_a_subscription_ends_now_after_a_rehearsal_that_shows_its_last_invoice(company):
    subscription = Subscription.objects.filter(status="active", trial_ends_at=None).first()
    invoices = Invoice.objects.count()
    answers = {"name": "Renamed", "ends": "now"}

    page = company.post(address(subscription, "edit"), {**answers, "rehearse": "1"}, HTTP_HX_REQUEST="true")

    assert "Invoice made at once" in page.content.decode()
    assert Invoice.objects.count() == invoices

    company.post(address(subscription, "edit"), {**answers, "confirm": "1"})

    subscription.refresh_from_db()
    assert (subscription.name, subscription.status) == ("Renamed", "terminated")


def test_a_subscription_ends_with_its_period(company):
    subscription = Subscription.objects.filter(status="active", billing_time="calendar", trial_ends_at=None).first()

    company.post(address(subscription, "edit"), {"name": "", "ends": "period_end", "confirm": "1"})

    subscription.refresh_from_db()
    assert subscription.ending_at == subscription.billing_at


def test_only_those_may_act_whose_role_says_so(company, on_trial):
    for role, status in (("Viewer", 403), ("Support", 200), ("Finance", 403), ("Manager", 200), ("Administrator", 200)):
        user = get_user_model().objects.create_user(role, password="a long password", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)

        assert client.get(reverse("admin:plans_subscription_change", args=[on_trial.pk])).status_code == 200, role
        assert client.get(address(on_trial, "extend-trial")).status_code == status, role
        asked = client.post(address(on_trial, "edit"), {"name": "x", "ends": "keep", "rehearse": "1"})
        assert asked.status_code == status, role
