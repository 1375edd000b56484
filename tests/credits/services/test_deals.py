"""Deals: what they give, who may have them, how often, and what is left when they are taken back."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from billing_site import books, schedule
from billing_site.core.errors import BillingError, Invalid, NotFound
from billing_site.core.models import Activity
from credits.models import AppliedCoupon, Deal, DealRedemption, Wallet
from credits.services import deals, redemptions
from customers.services import customers
from invoicing.models import Invoice
from plans.models import Plan, Subscription
from plans.services import plans, subscriptions
from tests import companies, databases

NOW = datetime(2024, 1, 10, 9, tzinfo=UTC)
HALF = {"coupon_type": "percentage", "percentage_rate": Decimal(50), "frequency": "recurring", "frequency_duration": 3}
CHEAPER = {
    "amount_cents": 5_000,
    "charges": [{"code": "data", "properties": {"amount": "0.01"}}],
}


@pytest.fixture
def company(django_db_blocker_lifted):
    with databases.fresh():
        companies.catalogue(NOW)
        plans.create(
            now=NOW, code="trial", name="Trial", interval="monthly", amount_cents=9_000, amount_currency="EUR",
            trial_period=Decimal(14), pay_in_advance=True,
        )  # fmt: skip
        yield


def buyer(name="cust", **fields):
    return customers.upsert(name, now=NOW, **{"currency": "EUR", "email": f"{name}@start.example", **fields})


def deal(code="winter", **fields):
    return deals.create(now=NOW, **{"code": code, "name": "Winter batch", **fields})


def subscribe(customer, plan="growth"):
    return subscriptions.create(customer, Plan.objects.get(code=plan), external_id=f"{customer.external_id}-1", now=NOW)


def everything(**fields):
    given = {"discount": HALF, "granted_credits": Decimal(500), "credits_days": 90, "plan_code": "growth"}
    return deal(**given, plan_overrides=CHEAPER, **fields)


@pytest.mark.usefixtures("company")
class TestGiving:
    def test_one_step_gives_all_parts_and_links_them(self):
        subscription = subscribe(buyer())

        taken = redemptions.give(subscription.customer, everything(), now=NOW, reason="YC")

        given = AppliedCoupon.objects.get()
        assert (taken.applied_coupon, given.percentage_rate, given.frequency_duration_remaining) == (given, 50, 3)
        assert given.coupon.name == "Winter batch"
        assert (taken.wallet.balance_cents, taken.wallet.expiration_at) == (50_000, datetime(2024, 4, 9, tzinfo=UTC))
        subscription.refresh_from_db()
        assert subscription.plan.amount_cents == 5_000
        assert subscription.plan.charges.get(code="data").properties == {"amount": "0.01"}
        assert taken.subscription == subscription
        told = Activity.objects.get(type="deal.redeemed")
        assert (told.customer_id, told.reason) == (subscription.customer_id, "YC")

    def test_a_deal_that_subscribes_begins_with_its_trial_and_prices(self):
        customer = buyer()
        offer = deal(plan_code="trial", subscribes=True, trial_days=30, plan_overrides={"amount_cents": 100})

        taken = redemptions.give(customer, offer, now=NOW)

        made = Subscription.objects.get(customer=customer)
        assert (taken.subscription, taken.is_subscribed) == (made, True)
        assert made.trial_ends_at == NOW + timedelta(days=44)
        assert made.plan.amount_cents == 100
        assert made.external_id == "cust-winter"

    def test_a_running_trial_is_longer_by_the_days_in_the_customers_zone(self):
        running = subscribe(buyer(timezone="America/Los_Angeles"), "trial")

        taken = redemptions.give(running.customer, deal(trial_days=60), now=NOW)

        running.refresh_from_db()
        # The clocks go forward in between.
        assert running.trial_ends_at == NOW + timedelta(days=74) - timedelta(hours=1)
        assert taken.trial_days == 60

    def test_who_has_no_trial_is_given_none(self):
        taken = redemptions.give(subscribe(buyer()).customer, deal(trial_days=60, discount=HALF), now=NOW)

        assert taken.trial_days == 0
        assert taken.applied_coupon is not None

    @pytest.mark.parametrize(
        ("plan", "code"), [("starter", "no_subscription_for_deal"), (None, "no_subscription_for_deal")]
    )
    def test_prices_need_a_subscription_to_their_plan(self, plan, code):
        customer = buyer()
        if plan:
            subscribe(customer, plan)

        with pytest.raises(Invalid) as refused:
            redemptions.give(customer, everything(), now=NOW)

        assert refused.value.details == {"subscription": [code]}
        assert not AppliedCoupon.objects.exists()
        assert not DealRedemption.objects.exists()

    def test_invoices_and_books_are_right_with_a_deal(self):
        customer = buyer()
        subscription = subscribe(customer, "starter")
        companies.usage([subscription], days=20)
        redemptions.give(customer, deal(discount=HALF, granted_credits=Decimal(2), currency="EUR"), now=NOW)

        schedule.tick(now=datetime(2024, 2, 2, tzinfo=UTC))

        invoice = Invoice.objects.get(customer=customer, status="finalized")
        assert invoice.coupons_amount_cents == (invoice.fees_amount_cents + 1) // 2
        assert invoice.prepaid_credit_amount_cents == 200
        assert books.audit_books(now=datetime(2024, 2, 2, tzinfo=UTC)) == []


@pytest.mark.usefixtures("company")
class TestLimits:
    @pytest.mark.parametrize(
        ("terms", "customer", "code", "refused"),
        [
            ({"redemption_codes": ["Winter24"]}, {}, " winter24 ", ""),
            ({"redemption_codes": ["Winter24"]}, {}, "summer", "deal_not_found"),
            ({"redemption_codes": ["W"], "email_domains": ["@Start.example"]}, {}, "w", ""),
            ({"redemption_codes": ["W"], "email_domains": ["start.example"]}, {"email": "a@evil.example"}, "w",
             "not_eligible_for_deal"),
            ({"redemption_codes": ["W"], "email_domains": ["example"]}, {}, "w", "not_eligible_for_deal"),
            ({"redemption_codes": ["W"], "external_customer_ids": ["other"]}, {}, "w", "not_eligible_for_deal"),
            ({"redemption_codes": ["W"], "external_customer_ids": ["cust", "other"]}, {"email": ""}, "w", ""),
        ],
    )  # fmt: skip
    def test_a_code_opens_a_deal_for_whom_it_is(self, terms, customer, code, refused):
        buyer("other")
        person = buyer(**customer)
        deal(discount=HALF, **terms)

        if not refused:
            assert redemptions.redeem(person, code=code, now=NOW).code == code.strip().upper()
            return
        with pytest.raises(BillingError) as error:
            redemptions.redeem(person, code=code, now=NOW)
        assert refused in (error.value.code, *str(getattr(error.value, "details", "")).split("'"))

    def test_without_codes_domains_and_list_it_is_for_staff_to_give(self):
        offer = deal(discount=HALF)

        with pytest.raises(Invalid, match="given by our staff"):
            redemptions.redeem(buyer(), deal=offer, now=NOW)
        assert redemptions.give(buyer(), offer, now=NOW).place == 1

    def test_a_customer_has_it_as_often_as_it_says_and_again_once_it_was_taken_back(self):
        customer, offer = buyer(), deal(discount=HALF, max_per_customer=2)
        first = redemptions.give(customer, offer, now=NOW)
        redemptions.give(customer, offer, now=NOW)

        with pytest.raises(Invalid, match="has had the deal"):
            redemptions.give(customer, offer, now=NOW)
        redemptions.take_back(first, now=NOW)
        assert redemptions.give(customer, offer, now=NOW).place == 1
        offer.refresh_from_db()
        assert offer.redeemed_count == 2

    def test_it_ends_and_is_used_up(self):
        ends = NOW + timedelta(days=1)
        offer = deal(discount=HALF, max_redemptions=1, expiration_at=ends)

        with pytest.raises(Invalid, match="has ended"):
            redemptions.give(buyer(), offer, now=ends)
        redemptions.give(buyer(), offer, now=NOW)
        with pytest.raises(Invalid, match="as often as it can be"):
            redemptions.give(buyer("second"), offer, now=NOW)
        deals.delete(offer, now=NOW)
        with pytest.raises(NotFound):
            redemptions.give(buyer("third"), offer, now=NOW)

    def test_amounts_of_another_currency_are_not_for_them(self):
        with pytest.raises(Invalid, match="in EUR"):
            redemptions.give(buyer(currency="USD"), deal(granted_credits=Decimal(5), currency="EUR"), now=NOW)

    def test_many_at_once_pass_neither_limit(self):
        offer = deal(discount=HALF, max_redemptions=5, max_per_customer=2)
        people = [buyer(f"cust-{number}") for number in range(4)]
        outcomes = []

        def work(customer):
            for _ in range(3):
                try:
                    redemptions.give(customer, offer, now=NOW)
                    outcomes.append("taken")
                except Invalid:
                    outcomes.append("refused")
            connection.close()

        workers = [threading.Thread(target=work, args=[customer]) for customer in people for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert (outcomes.count("taken"), outcomes.count("refused")) == (5, 19)
        assert DealRedemption.objects.count() == AppliedCoupon.objects.count() == 5
        assert max(DealRedemption.objects.values_list("place", flat=True)) <= 2
        assert books.audit_books(now=NOW) == []

    def test_the_database_keeps_the_limits_too(self):
        offer = deal(discount=HALF, max_redemptions=1)
        redemptions.give(buyer(), offer, now=NOW)

        for sin in ({"redeemed_count": 2}, {"max_per_customer": 0}, {"granted_credits": 5}, {"subscribes": True}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Deal.objects.update(**sin)
        for sin in ({"place": 2}, {"place": 0}):
            with pytest.raises(IntegrityError), transaction.atomic():
                DealRedemption.objects.update(**sin)
        row = DealRedemption.objects.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            DealRedemption.objects.create(
                deal=offer, customer=row.customer, place=1, allowed=1, created_at=NOW, updated_at=NOW
            )


@pytest.mark.usefixtures("company")
class TestTakingBack:
    def test_what_is_left_goes_and_what_was_before_is_again(self):
        subscription = subscribe(buyer())
        taken = redemptions.give(subscription.customer, everything(), now=NOW)

        redemptions.take_back(taken, now=NOW, reason="By mistake")

        subscription.refresh_from_db()
        assert subscription.plan.amount_cents == 9_999
        assert subscription.plan.charges.get(code="data").properties == {"amount": "0.0755"}
        assert AppliedCoupon.objects.get().status == "terminated"
        assert Wallet.objects.get().balance_cents == 0
        assert books.audit_books(now=NOW) == []
        assert Activity.objects.get(type="deal.taken_back").reason == "By mistake"

    def test_a_price_that_was_changed_since_stays(self):
        subscription = subscribe(buyer())
        taken = redemptions.give(subscription.customer, everything(), now=NOW)
        subscriptions.update(subscription, now=NOW, plan_overrides={"amount_cents": 7_000})

        redemptions.take_back(taken, now=NOW)

        subscription.refresh_from_db()
        assert subscription.plan.amount_cents == 7_000
        assert subscription.plan.charges.get(code="data").properties == {"amount": "0.0755"}

    @pytest.mark.parametrize(("after_days", "ends_after_days"), [(0, 14), (40, 41)])
    def test_a_trial_is_shorter_again_but_never_over_at_once(self, after_days, ends_after_days):
        running = subscribe(buyer(), "trial")
        taken = redemptions.give(running.customer, deal(trial_days=60), now=NOW)

        redemptions.take_back(taken, now=NOW + timedelta(days=after_days))

        running.refresh_from_db()
        assert running.trial_ends_at == NOW + timedelta(days=ends_after_days)

    def test_twice_is_once(self):
        taken = redemptions.give(buyer(), deal(discount=HALF), now=NOW)
        redemptions.take_back(taken, now=NOW)
        redemptions.take_back(taken, now=NOW)

        assert Deal.objects.get().redeemed_count == 0
        assert Activity.objects.filter(type="deal.taken_back").count() == 1


@pytest.mark.usefixtures("company")
class TestMaking:
    @pytest.mark.parametrize(
        ("fields", "details"),
        [
            ({}, {"deal": ["gives_nothing"]}),
            ({"granted_credits": Decimal(5)}, {"currency": ["value_is_mandatory"]}),
            ({"plan_overrides": {"amount_cents": 5}}, {"plan_code": ["value_is_mandatory"]}),
            ({"subscribes": True}, {"plan_code": ["value_is_mandatory"]}),
            ({"discount": HALF, "expiration_at": NOW}, {"expiration_at": ["invalid_date"]}),
            ({"discount": {**HALF, "percentage_rate": None}},
             {"discount": {"percentage_rate": ["value_is_mandatory"]}}),
            ({"plan_code": "growth", "plan_overrides": {"charges": [{"code": "data", "properties": {"amount": "x"}}]}},
             {"plan_overrides": {"properties": ["invalid_amount"]}}),
            ({"plan_code": "growth", "plan_overrides": CHEAPER, "currency": "USD"},
             {"currency": ["currencies_does_not_match"]}),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, fields, details):
        with pytest.raises(Invalid) as refused:
            deal(**fields)

        assert refused.value.details == details
        assert not Deal.objects.exists()

    def test_a_code_opens_one_deal_and_is_free_again_when_that_is_gone(self):
        first = deal(discount=HALF, redemption_codes=["W24"])
        with pytest.raises(Invalid, match="opens another deal"):
            deal("second", discount=HALF, redemption_codes=["w24"])

        deals.delete(first, now=NOW)
        assert deal("third", discount=HALF, redemption_codes=["w24"]).codes.get().text == "W24"

    def test_who_has_it_keeps_the_terms(self):
        offer = everything()
        subscription = subscribe(buyer())
        redemptions.give(subscription.customer, offer, now=NOW)

        deals.update(offer, now=NOW, discount=None, plan_overrides={}, granted_credits=Decimal(1), name="Spring")

        subscription.refresh_from_db()
        assert subscription.plan.amount_cents == 5_000
        assert AppliedCoupon.objects.get().status == "active"
        later = redemptions.give(buyer("later"), offer, now=NOW)
        assert (later.wallet.balance_cents, later.applied_coupon, later.subscription) == (100, None, None)

    def test_prices_are_kept_as_a_plan_has_them(self):
        made = deal(plan_code="growth", plan_overrides={"amount_cents": None, **CHEAPER})

        assert made.plan_overrides == CHEAPER
        assert made.currency == "EUR"
        assert not Plan.objects.exclude(parent=None).exists()
