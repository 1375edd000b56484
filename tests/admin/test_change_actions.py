"""What staff change of what a subscription costs, and whether it runs."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from billing_site import schedule
from billing_site.core import tasks
from billing_site.core.models import Activity
from invoicing.models import CreditNote, Fee, Invoice
from plans.models import Subscription
from tests.admin.conftest import typed

MAY = datetime(2026, 5, 1, 9, tzinfo=UTC)
WHY = {"reason": "Agreed"}


@pytest.fixture
def running(desk):
    """A subscription since the first of May (it is the twentieth), paid in advance, with calls and five seats."""
    metric = {"name": "Calls", "code": "calls", "aggregation_type": "count_agg"}
    made = desk.api("post", "/billable_metrics", {"billable_metric": metric})["billable_metric"]
    desk.api("post", "/add_ons", {"add_on": {
        "name": "Seats", "code": "seats", "amount_cents": 100, "amount_currency": "EUR"}})  # fmt: skip
    for code, cents in (("small", 31_00), ("big", 310_00)):
        desk.api("post", "/plans", {"plan": {
            "name": code.title(), "code": code, "interval": "monthly", "amount_cents": cents,
            "amount_currency": "EUR", "pay_in_advance": True,
            "charges": [{"billable_metric_id": made["lago_id"], "charge_model": "standard",
                         "properties": {"amount": "1"}}],
            "fixed_charges": [{"add_on_code": "seats", "charge_model": "standard", "units": "5",
                               "properties": {"amount": "2"}}],
        }})  # fmt: skip
    desk.api("post", "/customers", {"customer": {"external_id": "c", "name": "C", "currency": "EUR"}})
    with time_machine.travel(MAY, tick=False):
        desk.api("post", "/subscriptions", {"subscription": {
            "external_customer_id": "c", "external_id": "s", "plan_code": "small"}})  # fmt: skip
        schedule.tick(now=MAY)
        tasks.pump_at(MAY)
    return Subscription.objects.get()


def now_active():
    return Subscription.objects.select_related("plan").get(external_id="s", status="active")


def test_a_plan_changes_now_by_days_after_a_rehearsal_that_changes_nothing(desk, running):
    shown = desk.rehearse(running, "change-plan", plan="big", at="now", prorate="on")

    assert "Big (big): EUR\xa0310.00 a month" in shown
    assert "Invoice made at once" in shown
    assert now_active() == running

    answer = desk.act(running, "change-plan", plan="big", at="usual", **WHY)

    assert now_active().plan.code == "big"
    assert answer.url.endswith(f"/{now_active().pk}/change/")
    told = Activity.objects.filter(type="subscription.started", subject_id=now_active().pk).get()
    assert (told.actor_kind, told.reason) == ("staff", "Agreed")


@pytest.mark.parametrize(
    ("answers", "at", "prorated"),
    [
        ({"at": "period_end"}, datetime(2026, 6, 1, tzinfo=UTC), True),
        ({"at": "day", "on_day": "2026-05-25", "prorate": "on"}, datetime(2026, 5, 25, tzinfo=UTC), True),
        ({"at": "day", "on_day": "2026-05-25"}, datetime(2026, 5, 25, tzinfo=UTC), False),
    ],
)
def test_a_plan_changes_later(desk, running, answers, at, prorated):
    desk.act(running, "change-plan", plan="big", **answers, **WHY)

    running.refresh_from_db()
    assert (running.change_at, running.is_prorated, running.status) == (at, prorated, "active")
    assert Activity.objects.filter(type="subscription.updated", reason="Agreed").count() == 1


@pytest.mark.parametrize(
    ("answers", "field", "says"),
    [
        ({"at": "now"}, "plan", "Choose one"),
        ({"plan": "small", "at": "now"}, "plan", "valid choice"),
        ({"plan": "big"}, "at", "Choose one"),
        ({"plan": "big", "at": "day"}, "on_day", "On which day?"),
        ({"plan": "big", "at": "day", "on_day": "2026-05-01"}, "on_day", "lies in the future"),
        ({"plan": "big", "at": "now", "reason": ""}, "reason", "required"),
    ],
)
def test_a_change_of_plan_that_cannot_be_is_refused_at_its_field(desk, running, answers, field, says):
    page = desk.act(running, "change-plan", **{**WHY, **answers})

    assert says in str(page.context["form"].errors[field])
    assert Subscription.objects.count() == 1


def test_prices_are_overridden_for_one_subscription_now(desk, running):
    [charge] = running.plan.charges.all()
    opened = typed(desk.form(running, "override-prices"))

    unchanged = desk.act(running, "override-prices", **opened, **WHY)
    assert "Nothing is changed" in str(unchanged.context["form"].non_field_errors())
    bad = desk.act(running, "override-prices", **{**opened, f"c{charge.pk}-amount": "x"}, **WHY)
    assert "Enter a number" in str(bad.context["form"].errors[f"c{charge.pk}-amount"])
    desk.act(running, "override-prices", **{**opened, f"c{charge.pk}-amount": "0.75", "amount": "29.00"}, **WHY)

    own = now_active()
    assert own == running
    assert (own.plan.parent.code, own.plan.amount_cents) == ("small", 29_00)
    assert own.plan.charges.get().properties == {"amount": "0.75"}
    charge.refresh_from_db()
    assert charge.properties == {"amount": "1"}


def test_prices_are_overridden_from_a_day_on_and_then_once_more(desk, running):
    opened = typed(desk.form(running, "override-prices"))
    desk.act(running, "override-prices", **{**opened, "amount": "20", "at": "now", "prorate": "on"}, **WHY)
    first = now_active()
    opened = typed(desk.form(first, "override-prices"))
    assert opened["amount"] == "20.00"
    desk.act(first, "override-prices", **{**opened, "amount": "15", "at": "period_end"}, **WHY)

    first.refresh_from_db()
    waiting = Subscription.objects.select_related("plan__parent").get(status="pending")
    assert (first.plan.amount_cents, first.change_at) == (20_00, datetime(2026, 6, 1, tzinfo=UTC))
    assert (waiting.plan.amount_cents, waiting.plan.parent.code) == (15_00, "small")
    assert {row.parent.plan.code for row in waiting.plan.charges.select_related("parent__plan")} == {"small"}
    assert all(row.parent.plan.parent_id is None for row in waiting.plan.fixed_charges.select_related("parent__plan"))


def test_units_change_at_once_with_the_next_period_or_on_a_day(desk, running):
    [fixed] = running.plan.fixed_charges.all()
    name = f"units_{fixed.pk}"

    desk.act(running, "change-units", **{name: "8", "at": "now"}, **WHY)
    assert desk.form(running, "change-units")[name].value() == "8"
    desk.act(running, "change-units", **{name: "9", "at": "period_end"}, **WHY)
    rows = running.fixed_charge_units.order_by("pk")
    assert [(row.units, row.at_once) for row in rows] == [(Decimal(8), True), (Decimal(9), False)]
    desk.act(running, "change-units", **{name: "12", "at": "day", "on_day": "2026-05-25"}, **WHY)

    running.refresh_from_db()
    assert running.change_at == datetime(2026, 5, 25, tzinfo=UTC)
    waiting = Subscription.objects.get(status="pending")
    assert waiting.plan.fixed_charges.get().units == 12
    assert Activity.objects.filter(type="subscription.updated", reason="Agreed").count() == 3


def test_a_subscription_is_paused_and_resumed(desk, running):
    assert "kept, but not charged for" in desk.rehearse(running, "pause")
    desk.act(running, "pause", **WHY)
    running.refresh_from_db()
    assert running.paused_at is not None
    assert "Resume it first" in desk.client.get(desk.address(running, "change-plan")).context["obstacle"]

    desk.act(running, "resume", because="The break is over")
    running.refresh_from_db()
    assert running.paused_at is None
    assert Activity.objects.get(type="subscription.resumed").reason == "The break is over"


def test_a_subscription_is_cancelled_with_its_unused_fee_credited_or_not(desk, running):
    assert Invoice.objects.get().status == "finalized"

    shown = desk.rehearse(running, "cancel", ends="now", unused="credit", invoice="generate")
    kept = desk.rehearse(running, "cancel", ends="now", unused="skip", invoice="generate")

    # eleven days of thirty-one are left, at 31.00
    assert "Comes off the next invoices" in shown
    assert "EUR\xa011.00" in shown
    assert "Comes off the next invoices" not in kept
    assert now_active() == running
    assert not CreditNote.objects.exists()

    desk.act(running, "cancel", ends="now", unused="skip", invoice="generate", **WHY)
    running.refresh_from_db()
    assert (running.status, running.on_termination_credit_note) == ("terminated", "skip")
    assert Fee.objects.filter(fee_type="subscription").count() == 1


def test_a_subscription_is_cancelled_later(desk, running):
    missing = desk.act(running, "cancel", ends="day", unused="credit", invoice="generate", **WHY)
    assert "Which is its last day?" in str(missing.context["form"].errors["last_day"])

    past = desk.act(running, "cancel", ends="day", last_day="2026-05-01", unused="credit", invoice="skip", **WHY)
    assert "ends in the future" in str(past.context["form"].errors["last_day"])
    desk.act(running, "cancel", ends="day", last_day="2026-05-30", unused="refund", invoice="skip", **WHY)

    running.refresh_from_db()
    assert (running.status, running.ending_at) == ("active", datetime(2026, 5, 31, tzinfo=UTC))
    assert (running.on_termination_credit_note, running.on_termination_invoice) == ("refund", "skip")


def test_roles_say_who_may_set_prices_and_who_may_serve(desk, running):
    for role, prices, serves in (("Viewer", 403, 403), ("Support", 403, 200), ("Finance", 403, 403),
                                 ("Manager", 200, 200), ("Administrator", 200, 200)):  # fmt: skip
        user = get_user_model().objects.create_user(role, password="a long password", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        for path in ("/admin/plans/plan/add/", "/admin/metering/billablemetric/add/", "/admin/credits/coupon/add/",
                     desk.address(running.plan, "add-charge"), desk.address(running, "override-prices")):  # fmt: skip
            assert client.get(path).status_code == prices, (role, path)
        for slug in ("change-plan", "change-units", "pause", "cancel"):
            assert client.get(desk.address(running, slug)).status_code == serves, (role, slug)
