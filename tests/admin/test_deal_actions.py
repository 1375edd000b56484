"""Deals as staff make, price, give and take them back."""

import pytest

from billing_site.core.admin import acts
from billing_site.core.models import StaffAct
from credits.models import AppliedCoupon, Deal, DealRedemption
from customers.models import Customer
from plans.models import Charge, Plan, Subscription
from tests.admin.conftest import Desk, typed


@pytest.fixture
def at_desk(company):
    """The desk at a company with customers."""
    desk = Desk.__new__(Desk)
    desk.client = company
    return desk


def deal():
    return Deal.objects.get(code="start-up-batch")


def new(**answers):
    usual = {"name": "Winter", "code": "winter", "kind": "percentage", "percentage_rate": "25", "frequency": "forever",
             "max_per_customer": "1"}  # fmt: skip
    return {**usual, **answers}


def others(currency="EUR"):
    free = Customer.objects.filter(currency=currency, deal_redemptions=None, subscriptions__status="active")
    return list(free.distinct().order_by("pk"))


def test_a_deal_is_made_as_it_was_written_and_opens_again_so(at_desk):
    invited = others()[0]
    at_desk.make(
        Deal, **new(
            granted_credits="1,500", credits_days="90", currency="EUR", trial_days="14", plan_code="growth_eur",
            subscribes="on", redemption_codes="a, b", email_domains="@Start.example", invited=invited.name,
            max_redemptions="10", last_day="2026-12-31", description="Ask Ann",
        ),
    )  # fmt: skip

    made = Deal.objects.get(code="winter")
    assert (made.granted_credits, made.trial_days, made.plan.code, made.subscribes) == (1500, 14, "growth_eur", True)
    assert (made.coupon.percentage_rate, made.max_redemptions, made.credits_days) == (25, 10, 90)
    assert list(made.codes.values_list("text", flat=True)) == ["A", "B"]
    assert (made.email_domains, list(made.customers.all())) == (["start.example"], [invited])
    assert made.expiration_at.isoformat() == "2027-01-01T00:00:00+00:00"
    before = typed(at_desk.form(made, "edit"))
    at_desk.act(made, "edit", **before)
    assert typed(at_desk.form(Deal.objects.get(pk=made.pk), "edit")) == before
    assert "25 %" in at_desk.page(made)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"kind": "none"}, "A deal gives something"),
        ({"code": "start-up-batch"}, "This is taken already"),
        ({"redemption_codes": "startup"}, "opens another deal"),
        ({"kind": "fixed_amount", "amount": "5"}, "Choose the currency"),
        ({"granted_credits": "5"}, "This is needed"),
        ({"subscribes": "on"}, "This is needed"),
        ({"invited": "nobody-at-all"}, "nobody is called so"),
        ({"last_day": "2020-01-01"}, "This day has passed"),
        ({"frequency": "recurring"}, "This is needed"),
    ],
)
def test_what_cannot_be_stands_at_its_field(at_desk, answers, says):
    page = at_desk.make(Deal, **new(**answers))

    assert page.status_code == 200
    assert says in page.content.decode()
    assert Deal.objects.count() == 1


def test_prices_of_a_deal_are_written_as_those_of_a_plan(at_desk):
    at_desk.make(Deal, **new(plan_code="growth_eur"))
    made = Deal.objects.get(code="winter")
    seats = Charge.objects.get(plan=made.plan, billable_metric__code="seats")
    answers = typed(at_desk.form(made, "prices"))

    at_desk.act(made, "prices", **{**answers, "amount": "99", f"c{seats.pk}-amount": "4"})

    made.refresh_from_db()
    assert made.plan_overrides == {"amount_cents": 9900, "charges": [{"code": "seats", "properties": {"amount": "4"}}]}
    assert typed(at_desk.form(made, "prices"))[f"c{seats.pk}-amount"] == "4"
    assert "EUR 99.00 a month" in at_desk.page(made).replace("\xa0", " ")
    assert Plan.objects.get(code="growth_eur", parent=None).amount_cents == 19900


def test_a_deal_is_rehearsed_with_the_next_invoice_given_and_undone(at_desk):
    customer = others()[0]
    rehearsed = at_desk.rehearse(customer, "give-deal", deal=str(deal().pk))

    assert "Next invoice" in rehearsed
    assert "the discount, the credits" in rehearsed
    at_desk.act(customer, "give-deal", deal=str(deal().pk), reason="YC")
    taken = DealRedemption.objects.get(customer=customer)
    assert (taken.applied_coupon.percentage_rate, taken.wallet.balance_cents) == (50, 25000)
    at_desk.client.post(acts.undo_address(StaffAct.objects.latest("pk")), {"reason": "Mistake", "confirm": "1"})
    taken.refresh_from_db()
    assert taken.taken_back_at is not None


def test_one_is_given_to_a_list_and_who_cannot_have_it_is_said(at_desk):
    first, second = others()[:2]
    has_it = DealRedemption.objects.first().customer
    names = f"{first.name}\n{second.external_id}, {has_it.name}"

    rehearsed = at_desk.rehearse(deal(), "give", customers=names)

    assert "has had the deal" in rehearsed
    at_desk.act(deal(), "give", customers=names, reason="YC")
    assert set(DealRedemption.objects.values_list("customer__name", flat=True)) >= {first.name, second.name}
    assert deal().redeemed_count == 4
    undo = acts.undo_address(StaffAct.objects.latest("pk"))
    page = at_desk.act(deal(), "give", customers=has_it.name, reason="YC")
    assert "has had the deal" in page.content.decode()
    assert "nobody is called so" in at_desk.act(deal(), "give", customers="x", reason="YC").content.decode()
    at_desk.client.post(undo, {"reason": "Mistake", "confirm": "1"})
    assert deal().redeemed_count == 2


def test_one_is_taken_back(at_desk):
    taken = DealRedemption.objects.order_by("pk").first()

    at_desk.act(taken, "take-back", reason="Left")

    taken.refresh_from_db()
    assert taken.taken_back_at is not None
    assert AppliedCoupon.objects.get(pk=taken.applied_coupon_id).status == "terminated"
    assert deal().redeemed_count == 1
    assert "taken back" in at_desk.page(taken)
    assert "Cost so far" in at_desk.page(deal())
    assert Subscription.objects.filter(customer=taken.customer, status="active").exists()
