"""Undo: an act of staff is kept with who, when, why, before and after, and put back where that is safe."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from billing_site.core.models import Activity, StaffAct
from credits.models import AppliedCoupon, Coupon, Wallet
from customers.models import Customer
from plans.models import Plan, Subscription
from tests.admin.conftest import NOW


def do(company, subject, slug, **answers):
    name = f"{subject._meta.app_label}_{subject._meta.model_name}"
    return company.post(reverse(f"admin:{name}_do", args=[subject.pk, slug]), {**answers, "confirm": "1"})


def undo(company, act, **answers):
    return company.post(address(act), {"reason": "By mistake", "confirm": "1", **answers})


def address(act):
    return reverse(f"admin:{act.subject_type.replace('.', '_')}_undo", args=[act.subject_id, act.pk])


def page(company, subject):
    name = f"{subject._meta.app_label}_{subject._meta.model_name}"
    return company.get(reverse(f"admin:{name}_change", args=[subject.pk])).content.decode()


def latest():
    return StaffAct.objects.latest("pk")


def test_what_is_done_is_undone_with_what_undoes_it(company):
    a_trial_has_its_old_end_again(company)
    a_name_and_an_end_are_as_they_were(company)
    a_planned_end_is_called_off(company)
    a_change_of_plan_that_waits_is_called_off(company)
    a_discount_is_ended(company)
    credits_are_taken_back_and_given_again(company)


def a_trial_has_its_old_end_again(company):
    trial = Subscription.objects.filter(trial_ends_at__gt=NOW, status="active").first()
    answer = company.post(
        reverse("admin:plans_subscription_do", args=[trial.pk, "extend-trial"]),
        {"days": "14", "reason": "They asked", "confirm": "1"}, follow=True,
    )  # fmt: skip
    act = latest()

    assert (act.action, act.reason, act.asked_by_label, act.customer_id) == (
        "extend-trial", "They asked", "staff", trial.customer_id,
    )  # fmt: skip
    assert act.before != act.after
    assert act.answers["days"] == ["14"]
    [told] = Activity.objects.filter(type="subscription.trial_extended")
    assert act.activity_ids == [told.pk]
    assert answer.content.decode().count(address(act)) == 2  # the message and the history

    rehearsed = company.post(address(act), {"rehearse": "1"}, HTTP_HX_REQUEST="true").content.decode()
    assert act.before["Trial ends"] in rehearsed
    undo(company, act)

    assert Subscription.objects.get(pk=trial.pk).trial_ends_at == trial.trial_ends_at
    act.refresh_from_db()
    assert (act.state, act.undone_by.reason, act.undone_by.action) == ("undone", "By mistake", "undo")
    assert address(act) not in page(company, trial)
    assert "has been undone already" in company.get(address(act)).content.decode()


def a_name_and_an_end_are_as_they_were(company):
    row = Subscription.objects.filter(status="active", trial_ends_at=None, ending_at=None).first()
    do(company, row, "edit", name="Renamed", ends="period_end")
    undo(company, latest())

    row.refresh_from_db()
    assert (row.name, row.ending_at) == ("", None)


def a_planned_end_is_called_off(company):
    row = Subscription.objects.filter(status="active", trial_ends_at=None, ending_at=None).first()
    do(company, row, "cancel", ends="period_end", unused="skip", invoice="generate", reason="x")
    act = latest()
    row.refresh_from_db()
    assert row.ending_at is not None
    undo(company, act)

    row.refresh_from_db()
    assert row.ending_at is None


def a_change_of_plan_that_waits_is_called_off(company):
    row = Subscription.objects.filter(status="active", trial_ends_at=None, change_at=None).first()
    plan = Plan.objects.filter(parent=None, amount_currency=row.plan.amount_currency).exclude(pk=row.plan_id).first()
    do(company, row, "change-plan", plan=plan.code, at="period_end", reason="x")
    act = latest()
    assert Subscription.objects.get(pk=row.pk).change_at is not None
    undo(company, act)

    assert Subscription.objects.get(pk=row.pk).change_at is None
    assert not row.next_subscriptions.exclude(status="canceled").exists()


def a_discount_is_ended(company):
    customer = Customer.objects.filter(applied_coupons=None).first()
    do(company, customer, "give-discount", coupon="percent", size="20", invoices="1", reason="x")
    given = AppliedCoupon.objects.get(customer=customer)
    assert (latest().made_type, latest().made_id) == ("credits.appliedcoupon", given.pk)
    undo(company, latest())

    given.refresh_from_db()
    assert given.status == "terminated"
    assert Coupon.objects.get(pk=given.coupon_id).status == "terminated"


def credits_are_taken_back_and_given_again(company):
    customer = Customer.objects.filter(wallets=None, currency="EUR").first()
    do(company, customer, "grant-credits", amount="50", wallet="new", priority="50", reason="x")
    wallet, granting = Wallet.objects.get(customer=customer), latest()
    do(company, customer, "take-back-credits", amount="20", wallet=str(wallet.pk), reason="x")
    taking = latest()

    assert "30 credits are left" in company.get(address(granting)).content.decode()
    undo(company, taking)
    wallet.refresh_from_db()
    assert wallet.credits_balance == 50
    undo(company, granting)
    wallet.refresh_from_db()
    assert (wallet.credits_balance, wallet.status) == (0, "terminated")


def test_what_has_changed_since_cannot_be_undone_and_nothing_is_undone_twice(company):
    trial = Subscription.objects.filter(trial_ends_at__gt=NOW, status="active").first()
    do(company, trial, "extend-trial", days="7", reason="x")
    first = latest()
    do(company, trial, "extend-trial", days="30", reason="x")
    second = latest()

    assert "It has changed since" in undo(company, first).content.decode()
    assert StaffAct.objects.count() == 2
    undo(company, second)
    assert "has been undone already" in undo(company, second).content.decode()
    undo(company, first)
    assert Subscription.objects.get(pk=trial.pk).trial_ends_at == trial.trial_ends_at


def test_a_trial_that_was_ended_does_not_begin_again(company):
    trial = Subscription.objects.filter(trial_ends_at__gt=NOW, status="active").first()
    do(company, trial, "end-trial", reason="They want to begin now")

    trial.refresh_from_db()
    assert trial.trial_ends_at - NOW < timedelta(seconds=1)
    assert address(latest()) not in page(company, trial)
    assert "cannot be undone" in company.get(address(latest())).content.decode()


def test_an_act_of_another_object_or_of_none_is_not_found(company):
    trial = Subscription.objects.filter(trial_ends_at__gt=NOW, status="active").first()
    do(company, trial, "extend-trial", days="7", reason="x")
    other = Subscription.objects.exclude(pk=trial.pk).first()

    for args in ([other.pk, latest().pk], [trial.pk, 10**9], [10**9, latest().pk]):
        assert company.get(reverse("admin:plans_subscription_undo", args=args)).status_code == 404


def test_what_staff_did_is_kept_by_the_database(company):
    trial = Subscription.objects.filter(trial_ends_at__gt=NOW, status="active").first()
    do(company, trial, "extend-trial", days="7", reason="x")

    for sin in ("UPDATE core_staffact SET reason = 'y'", "DELETE FROM core_staffact",
                "UPDATE core_staffact SET state = 'undone', asked_by_id = 99"):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sin)
