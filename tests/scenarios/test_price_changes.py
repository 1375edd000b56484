"""Other prices for many subscriptions: planned, tried, in effect from the next period, called off."""

from datetime import UTC, date, datetime

import pytest

from billing_site import books, schedule
from billing_site.core import tasks
from billing_site.core.errors import Invalid
from billing_site.core.models import Activity, Email
from customers.services import customers
from invoicing.models import Fee
from plans.models import Plan, PriceChange, PriceChangeMember, Subscription
from plans.services import price_changes, subscriptions
from tests import companies, databases

BEGIN = datetime(2024, 1, 10, 9, tzinfo=UTC)
NOW = datetime(2024, 3, 12, tzinfo=UTC)
LATER = datetime(2024, 4, 12, tzinfo=UTC)
PRICES = {"amount_cents": 2_002, "charges": [{"code": "data", "properties": {"amount": "0.151"}}]}


@pytest.fixture
def company(django_db_blocker_lifted):
    with databases.fresh():
        made = companies.subscribers(6, companies.catalogue(BEGIN), BEGIN)
        companies.usage(made, days=60)
        schedule.tick(now=datetime(2024, 2, 12, tzinfo=UTC))
        schedule.tick(now=NOW)
        customers.upsert("customer-1", now=NOW, email="one@example.org", document_locale="de")
        yield


def starter():
    return Plan.objects.get(code="starter", parent=None)


def planned(who=price_changes.ALL, **terms):
    chosen = price_changes.cohort(starter(), who)
    made = price_changes.schedule(starter(), PRICES, chosen, now=NOW, **terms)
    schedule.tick(now=NOW)
    tasks.pump_at(NOW)
    return made


@pytest.mark.usefixtures("company")
def test_each_pays_the_other_prices_from_their_next_period_on_and_nothing_is_billed_twice():
    change = planned()
    members = list(change.members.order_by("pk"))

    assert {member.state for member in members} == {"planned"}
    assert len(members) == 3
    for member in members:
        assert member.repriced_cents - member.billed_cents > 1_000
        assert member.subscription.plan == starter()
    schedule.tick(now=NOW)  # twice is once
    schedule.tick(now=LATER)
    schedule.tick(now=datetime(2024, 5, 12, tzinfo=UTC))
    for member in members:
        member.following.refresh_from_db()
        assert (member.following.status, member.following.started_at) == ("active", member.effective_at)
        fees = Fee.objects.filter(subscription__external_id=member.subscription.external_id, fee_type="subscription")
        assert list(fees.order_by("from_at").values_list("amount_cents", flat=True))[-2:] == [1_001, 2_002]
    assert starter().amount_cents == 1_001
    assert books.audit_books(now=datetime(2024, 5, 12, tzinfo=UTC)) == []


@pytest.mark.usefixtures("company")
def test_one_that_is_called_off_changes_nothing():
    change = planned(effective_on=date(2024, 4, 20))
    assert {member.effective_at.date() for member in change.members.all()} <= {date(2024, 4, 19), date(2024, 4, 20)}

    price_changes.cancel(change, now=NOW, reason="Too early")

    schedule.tick(now=datetime(2024, 5, 12, tzinfo=UTC))
    assert not Subscription.objects.filter(plan__parent=starter(), status="active").exists()
    assert {member.state for member in change.members.all()} == {"canceled"}
    assert Activity.objects.get(type="price_change.canceled").reason == "Too early"
    with pytest.raises(price_changes.AlreadyInEffect):
        price_changes.cancel(change, now=NOW)


@pytest.mark.usefixtures("company")
def test_who_cannot_be_changed_is_left_out_with_the_reason_and_own_prices_can_be():
    mine = Subscription.objects.get(external_id="subscription-1")
    subscriptions.update(mine, now=NOW, plan_overrides={"amount_cents": 900})
    waits = Subscription.objects.get(external_id="subscription-3")
    subscriptions.change_plan(waits, Plan.objects.get(code="growth"), now=NOW, plan_change={"at": "period_end"})

    assert set(price_changes.cohort(starter(), price_changes.SHARED)) == {waits, *starter().subscriptions.filter(
        external_id="subscription-5"
    )}  # fmt: skip
    change = planned()

    states = dict(PriceChangeMember.objects.values_list("subscription__external_id", "state"))
    assert states == {"subscription-1": "planned", "subscription-3": "left_out", "subscription-5": "planned"}
    assert change.members.get(state="left_out").reason == "Another change waits already."


@pytest.mark.usefixtures("company")
def test_customers_are_told_once_in_their_language():
    change = planned(message="Storage costs us more.")
    schedule.tick(now=NOW)
    tasks.pump_at(NOW)

    [mail] = Email.objects.filter(subject_type="plans.pricechangemember")
    assert mail.recipients == ["one@example.org"]
    assert "Preise" in mail.subject
    assert "1. April 2024" in mail.text
    assert "Storage costs us more." in mail.text
    price_changes.cancel(change, now=NOW)
    tasks.pump_at(NOW)
    assert Email.objects.filter(subject_type="plans.pricechangemember").count() == 2


@pytest.mark.usefixtures("company")
def test_what_is_no_change_or_for_nobody_is_refused():
    everybody = price_changes.cohort(starter())
    with pytest.raises(Invalid, match="Nothing is changed"):
        price_changes.schedule(starter(), {"amount_cents": 1_001}, everybody, now=NOW)
    with pytest.raises(Invalid, match="Nobody of them"):
        price_changes.schedule(starter(), PRICES, everybody.none(), now=NOW)
    assert not PriceChange.objects.exists()
