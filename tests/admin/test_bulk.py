"""An action on many rows: rehearsed together, done one by one in the background, retried, undone as a whole."""

import re
from datetime import timedelta

from django.urls import reverse

from billing_site.core.admin import batches
from billing_site.core.models import Activity, StaffAct, StaffBatch
from credits.models import AppliedCoupon
from customers.models import Customer
from plans.models import Subscription
from plans.services import subscriptions
from tests.admin.conftest import NOW

TRIALS = reverse("admin:plans_subscription_bulk", args=["extend-trial"])


def running_trials():
    return Subscription.objects.filter(status="active", trial_ends_at__gt=NOW).order_by("pk")


def ends():
    return dict(Subscription.objects.order_by("pk").values_list("pk", "trial_ends_at"))


def rehearsed(company, address, **answers):
    return company.post(address, {**answers, "rehearse": "1"}, HTTP_HX_REQUEST="true").content.decode()


def counts(batch):
    found = batches.progress(batch)
    return found["done"], found["failed"], found["pending"]


def test_all_trials_under_a_filter_are_extended_those_that_cannot_be_are_listed_and_all_is_undone(company):
    before, trials = ends(), list(running_trials())
    ticked = [*(row.pk for row in trials), Subscription.objects.filter(trial_ends_at=None).first().pk]
    address = f"{TRIALS}?trial=running"

    listed = company.get(reverse("admin:plans_subscription_changelist") + "?trial=running").content.decode()
    assert 'formaction="bulk/extend-trial/?trial=running"' in listed
    opened = company.post(address, {}).content.decode()
    assert re.search(rf"{len(trials)} subscriptions?", opened)
    shown = rehearsed(company, address, days="14")
    assert "First charges after the trials, together" in shown
    assert ends() == before

    company.post(TRIALS, {"chosen": ticked, "counted": len(ticked), "days": "14", "reason": "Fair", "confirm": "1"})
    batch = StaffBatch.objects.get()
    assert counts(batch) == (0, 0, len(ticked))
    assert batches.run_due(now=NOW) == len(ticked)

    assert counts(batch) == (len(trials), 1, 0)
    assert {key: end - before[key] for key, end in ends().items() if end != before[key]} == {
        row.pk: timedelta(days=14) for row in trials
    }
    told = Activity.objects.filter(type="subscription.trial_extended")
    assert {(row.actor_label, row.reason) for row in told} == {("staff", "Fair")}
    page = company.get(reverse("admin:core_staffbatch_change", args=[batch.pk])).content.decode()
    assert "This subscription has no trial that is still running." in page

    company.post(reverse("admin:core_staffbatch_do", args=[batch.pk, "retry"]), {"confirm": "1"})
    assert counts(batch) == (len(trials), 0, 1)
    batches.run_due(now=NOW)
    assert counts(batch) == (len(trials), 1, 0)

    subscriptions.extend_trial(trials[0], until=NOW + timedelta(days=3), now=NOW)  # changed since: stays
    company.post(reverse("admin:core_staffbatch_do", args=[batch.pk, "undo-all"]), {"reason": "Wrong", "confirm": "1"})
    batches.run_due(now=NOW)
    assert counts(batch.undone_by) == (len(trials) - 1, 1, 0)
    assert {key: end for key, end in ends().items() if end != before[key]} == {trials[0].pk: NOW + timedelta(days=3)}
    again = company.get(reverse("admin:core_staffbatch_do", args=[batch.pk, "undo-all"])).content.decode()
    assert "It is undone already" in again


def test_a_discount_for_every_customer_and_credits_for_some(company):
    customers = list(Customer.objects.order_by("pk"))
    address = reverse("admin:customers_customer_bulk", args=["give-discount"])
    answers = {"coupon": "percent", "size": "5", "invoices": "1", "reason": "Outage", "counted": len(customers)}
    held = AppliedCoupon.objects.count()

    assert "Next invoices, together" in rehearsed(company, address, **answers)
    company.post(address, {**answers, "confirm": "1"})
    batches.run_due(now=NOW)
    assert AppliedCoupon.objects.count() == held + len(customers)

    ticked = [row.pk for row in customers[:3]]
    company.post(
        reverse("admin:customers_customer_bulk", args=["grant-credits"]),
        {"chosen": ticked, "counted": 3, "amount": "7", "wallet": "new", "priority": "50", "reason": "x",
         "confirm": "1"},
    )  # fmt: skip
    batches.run_due(now=NOW)
    assert counts(StaffBatch.objects.latest("pk")) == (3, 0, 0)
    assert StaffAct.objects.filter(action="grant-credits").count() == 3


def test_what_is_not_what_was_looked_at_is_not_begun(company):
    page = company.post(TRIALS, {"days": "14", "reason": "x", "counted": "1", "confirm": "1"})
    assert "The list has changed meanwhile" in page.content.decode()
    assert "required" in company.post(TRIALS, {"days": "14", "confirm": "1"}).content.decode()
    nothing = company.post(f"{TRIALS}?q=nobody", {}, follow=True)
    assert "Nothing is chosen." in nothing.content.decode()
    for slug in ("edit", "no-such-thing"):
        assert company.get(reverse("admin:plans_subscription_bulk", args=[slug])).status_code == 404

    assert not StaffBatch.objects.exists()
