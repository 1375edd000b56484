"""A deal given by hand, to one customer and to a list, with the clicks counted and the books looked at after."""

import pytest
from django.urls import reverse
from django.utils import timezone

from billing_site import books
from credits.models import Deal, DealRedemption
from customers.models import Customer
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser


def deal():
    return Deal.objects.get(code="start-up-batch")


def free():
    found = Customer.objects.filter(currency="EUR", subscriptions__status="active", deal_redemptions=None)
    return list(found.distinct().order_by("pk"))


def pictures(person, name):
    for width in (PHONE, DESK):
        person.page.set_viewport_size({"width": width, "height": 900})
        person.picture(name)


def test_a_deal_is_given_to_a_customer_with_three_clicks(person):
    customer = free()[0]

    person.open_object(customer)
    person.press("Give a deal")
    person.choose("Start-up batch")
    person.page.locator("#rehearsal").get_by_text("the discount, the credits").wait_for()
    pictures(person, "give-deal")
    person.press("Start-up programme")

    person.sees("The deal is given")
    assert person.clicks <= 3
    taken = DealRedemption.objects.get(customer=customer)
    assert (taken.source, taken.wallet.balance_cents) == ("staff", 25_000)
    assert taken.applied_coupon.status == "active"
    assert books.audit_books(now=timezone.now()) == []


def test_a_deal_is_given_to_a_list_with_three_clicks(person):
    people = free()[:2]

    person.open_object(deal())
    pictures(person, "deal")
    person.press("Give it")
    person.type("To whom", "\n".join(customer.name for customer in people))
    person.page.locator("#rehearsal").get_by_text(people[1].name).wait_for()
    pictures(person, "give-deal-to-many")
    person.press("Start-up programme")

    person.sees("The deal is given")
    assert person.clicks <= 3
    assert DealRedemption.objects.filter(customer__in=people, taken_back_at=None).count() == len(people)
    pictures(person, "deal-taken")
    assert books.audit_books(now=timezone.now()) == []


def test_the_form_of_a_deal_is_one_that_a_person_can_fill_in(person):
    person.open(reverse("admin:credits_deal_add"))
    person.type("Name", "Winter batch")
    person.type("Code", "winter")
    person.page.get_by_label("percentage", exact=True).check()
    person.type("Percent", "30")
    person.page.locator("#rehearsal").get_by_text("30 %").wait_for()
    pictures(person, "make-deal")
    person.press("Make it")

    person.sees("Winter batch is made")
    pictures(person, "list-deal")
    assert Deal.objects.get(code="winter").coupon.percentage_rate == 30
