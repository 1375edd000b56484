"""The three tasks of the mission, done by hand, with their clicks counted and the rows looked at after."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing_site.core.models import Activity
from credits.models import AppliedCoupon
from customers.models import Customer
from plans.models import Subscription

pytestmark = pytest.mark.browser


def test_a_trial_is_extended_with_two_clicks(person):
    trial = Subscription.objects.filter(trial_ends_at__gt=timezone.now(), status="active").first()

    person.open_object(trial)
    person.press("Extend trial")
    person.sees("First charge after the trial")
    person.picture("extend-trial")
    person.press("Their evaluation takes longer")

    person.sees("The trial now ends on")
    assert person.clicks <= 2
    later = Subscription.objects.get(pk=trial.pk).trial_ends_at - trial.trial_ends_at
    assert abs(later - timedelta(days=14)) <= timedelta(hours=1)  # the clocks may change in between
    [told] = Activity.objects.filter(type="subscription.trial_extended", subject_id=trial.pk)
    assert (told.actor_label, told.reason) == ("staff", "Their evaluation takes longer")


def test_a_discount_is_given_with_three_clicks(person):
    buyers = Customer.objects.filter(subscriptions__status="active", subscriptions__plan__pay_in_advance=True)
    buyer = buyers.exclude(applied_coupons__status="active").first()

    person.open_object(buyer)
    person.press("Give a discount")
    person.choose("programme|Welcome")
    person.page.locator("#rehearsal").get_by_text("Next invoice").wait_for()
    person.picture("give-discount")
    person.press("Agreed in the contract")

    person.sees("The discount is given")
    assert person.clicks <= 3
    given = AppliedCoupon.objects.get(customer=buyer)
    assert given.percentage_rate == 20
    assert Activity.objects.get(type="applied_coupon.created", subject_id=given.pk).reason == "Agreed in the contract"


def test_a_subscription_is_edited_with_four_clicks(person):
    running = Subscription.objects.filter(status="active", ending_at=None, trial_ends_at=None).first()

    person.open_object(running)
    person.press("Edit or end")
    person.type("Name", "Renamed by hand")
    person.choose("ends with the running period")
    person.sees("Last invoice")
    person.picture("edit-subscription")
    person.press("Save")

    person.sees("The subscription is changed")
    assert person.clicks <= 4
    changed = Subscription.objects.get(pk=running.pk)
    assert changed.name == "Renamed by hand"
    assert changed.ending_at is not None


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(person):
    trial = Subscription.objects.filter(trial_ends_at__gt=timezone.now(), status="active").first()

    person.open_object(trial)
    person.press("Extend trial")
    person.type("Or until a day", "2020-02-01")
    person.type("Why", "A day that has passed")
    person.press("Extend trial")

    person.sees("A trial cannot end in the past")
    person.picture("extend-trial-refused")
    assert person.page.get_by_label("Why", exact=True).input_value() == "A day that has passed"
    assert Subscription.objects.get(pk=trial.pk).trial_ends_at == trial.trial_ends_at


def test_anything_is_found_from_the_keyboard(person):
    buyer = Customer.objects.get(name="Blue Heron Logistics")

    person.open("/admin/")
    person.page.keyboard.press("Control+k")
    person.page.locator("#search-input-command:focus").wait_for()
    person.page.keyboard.type("heron log", delay=20)
    person.page.locator("#command-results-list").get_by_text("Blue Heron Logistics").first.wait_for()
    person.picture("search")
    person.page.keyboard.press("ArrowDown")
    person.page.keyboard.press("Enter")

    person.page.wait_for_url(f"**/admin/customers/customer/{buyer.pk}/change/")
