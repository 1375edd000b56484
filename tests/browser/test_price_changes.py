"""Other prices for the subscribers of a plan, by hand, with the clicks counted and the books looked at after."""

import pytest
from django.utils import timezone

from billing_site import books, schedule
from plans.models import Plan, PriceChange
from plans.services import price_changes
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser


def pictures(person, name):
    for width in (PHONE, DESK):
        person.page.set_viewport_size({"width": width, "height": 900})
        person.picture(name)


def test_prices_are_changed_for_all_subscribers_with_five_clicks(person):
    plan = max(Plan.objects.filter(parent=None), key=lambda plan: price_changes.cohort(plan).count())

    person.open_object(plan)
    person.press("Change prices for subscribers")
    person.page.locator("input[name=amount]").fill("59")
    person.clicks += 1
    person.choose("those without prices of their own")
    person.choose("as the running period of each ends")
    person.page.locator("#rehearsal").get_by_text("Would have been").wait_for()
    pictures(person, "change-prices")
    person.press("Yearly change of prices")

    person.sees("The prices are planned")
    assert person.clicks <= 5
    change = PriceChange.objects.get()
    assert change.members.count() == price_changes.cohort(plan, price_changes.SHARED).count()
    schedule.tick(now=timezone.now())
    person.open_object(change)
    pictures(person, "price-change")
    assert books.audit_books(now=timezone.now()) == []
