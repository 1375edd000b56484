"""Undo, many at once, a second person: by hand in a browser, with the clicks counted and the books looked at after."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from billing_site.core.admin import batches
from billing_site.core.models import StaffAct, StaffBatch
from plans.models import Subscription
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser


def running_trials():
    return Subscription.objects.filter(status="active", trial_ends_at__gt=timezone.now()).order_by("pk")


def test_all_trials_of_a_list_are_extended_with_two_clicks_and_put_back(person):
    before = {row.pk: row.trial_ends_at for row in running_trials()}
    person.open(reverse("admin:plans_subscription_changelist") + "?trial=running")
    person.picture("bulk-list")
    person.press("Extend trial")
    person.page.locator("#rehearsal").get_by_text("together").first.wait_for()
    person.picture("bulk-extend-trial")
    person.press("Their evaluation takes longer")
    person.sees("Extend trial, bulk action")
    assert person.clicks <= 4

    batches.run_due(now=timezone.now())
    person.sees("finished")
    person.picture("bulk-done")
    later = [row.trial_ends_at - before[row.pk] for row in running_trials()]
    assert all(abs(found - timedelta(days=14)) <= timedelta(hours=1) for found in later)

    person.press("Undo all of it")
    person.press("Done by mistake")
    person.sees("Undo: Extend trial, bulk action")
    batches.run_due(now=timezone.now())
    person.sees("finished")
    assert {row.pk: row.trial_ends_at for row in running_trials()} == before
    assert StaffBatch.objects.count() == 2


def test_ticked_rows_alone_are_acted_on(person):
    person.open(reverse("admin:plans_subscription_changelist") + "?trial=running")
    person.page.locator("[data-tick-all]").check()
    ticked = person.page.locator("input[name=chosen]:checked").count()
    assert ticked == running_trials().count()
    person.page.locator("input[name=chosen]").first.uncheck()
    person.page.set_viewport_size({"width": PHONE, "height": 900})
    person.picture("bulk-list")
    person.page.set_viewport_size({"width": 1280, "height": 900})
    if ticked > 1:
        person.press("Extend trial")
        person.sees(f"{ticked - 1} subscription")


def test_what_was_done_is_undone_from_its_message_and_from_the_history(person):
    trial = running_trials().first()
    person.open_object(trial)
    person.press("Extend trial")
    person.press("We were at fault")
    person.sees("The trial now ends on")
    person.picture("done-with-undo")
    person.clicks = 1
    person.page.locator(".staff-undo").click()
    person.page.locator("#rehearsal").get_by_text("Trial ends").first.wait_for()
    person.picture("undo")
    person.press("Done by mistake")
    person.sees("Undone: Extend trial")
    assert person.clicks <= 2
    assert Subscription.objects.get(pk=trial.pk).trial_ends_at == trial.trial_ends_at

    person.press("Extend trial")
    person.press("We were at fault")
    person.clicks = 0
    person.page.locator("#history").get_by_role("link", name="Undo").first.click()
    person.press("Done by mistake")
    person.sees("Undone: Extend trial")
    person.picture("history-with-undone")
    assert Subscription.objects.get(pk=trial.pk).trial_ends_at == trial.trial_ends_at
    assert StaffAct.objects.latest("pk").undoes is not None
