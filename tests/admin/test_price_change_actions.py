"""Other prices for many subscriptions, as staff write, try, plan and call them off."""

import pytest

from billing_site import schedule
from billing_site.core.admin import acts
from billing_site.core.models import StaffAct
from plans.models import Plan, PriceChange, Subscription
from plans.services import price_changes
from tests.admin.conftest import NOW, Desk, typed


@pytest.fixture
def at_desk(company):
    desk = Desk.__new__(Desk)
    desk.client = company
    return desk


def starter():
    return Plan.objects.get(code="starter_eur", parent=None)


def answers(desk, **changes):
    return {**typed(desk.form(starter(), "change-prices")), "amount": "49", "reason": "Yearly", **changes}


def test_prices_are_tried_beside_the_form_planned_and_seen(at_desk):
    count = price_changes.cohort(starter()).count()
    assert count > 0
    rehearsed = at_desk.rehearse(starter(), "change-prices", **answers(at_desk))
    assert "Tried on their last period" in rehearsed
    assert not PriceChange.objects.exists()

    at_desk.act(starter(), "change-prices", **answers(at_desk))

    change = PriceChange.objects.get()
    assert change.prices == {"amount_cents": 4900}
    assert (change.members.count(), change.tells_customers) == (count, True)
    schedule.tick(now=NOW)
    page = at_desk.page(change).replace("\xa0", " ")
    assert "EUR 49.00 a month" in page
    assert f"{count} of {count}" in page
    for row in change.members.all():
        at_desk.page(row)
    listed = at_desk.client.get("/admin/plans/pricechangemember/", {"o": "5"})
    assert listed.status_code == 200
    at_desk.client.post(acts.undo_address(StaffAct.objects.latest("pk")), {"reason": "Mistake", "confirm": "1"})
    change.refresh_from_db()
    assert change.state == "canceled"
    assert not Subscription.objects.filter(change_at__isnull=False).exists()


def test_only_those_of_a_country_are_changed_and_it_is_called_off(at_desk):
    where = price_changes.cohort(starter()).first().customer.country

    at_desk.act(starter(), "change-prices", **answers(at_desk, countries=where.lower()))

    change = PriceChange.objects.get()
    assert {member.subscription.customer.country for member in change.members.all()} == {where}
    at_desk.act(change, "call-off", reason="Too early")
    change.refresh_from_db()
    assert change.state == "canceled"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"amount": "29"}, "Nothing is changed"),
        ({"at": "day", "on_day": "2020-01-01"}, "Choose a day to come"),
        ({"countries": "XX"}, "Nobody of them has a running subscription"),
    ],
)
def test_what_cannot_be_stands_at_its_field(at_desk, changes, says):
    page = at_desk.act(starter(), "change-prices", **answers(at_desk, **changes))

    assert page.status_code == 200
    assert says in page.content.decode()
    assert not PriceChange.objects.exists()
