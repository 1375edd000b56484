"""Subscriptions: begun, changed, ended. What that costs is billed upstairs, by what these rows then say."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, NotAllowed, NotFound, invalid
from billing_site.core.periods import local_date
from customers.models import Customer
from plans.calculations import schedules
from plans.models import Plan, Subscription
from plans.selectors.schedules import schedule_of, timezone_of
from plans.services import activation, lifecycle, overrides, plan_changes, usage_marks, usage_thresholds
from plans.services.lifecycle import WATCHED

Status = Subscription.Status


class NotActive(NotAllowed):
    code = "no_active_subscription"


class TrialOver(NotAllowed):
    code = "trial_has_ended"


@transaction.atomic
def create(customer: Customer, plan: Plan, *, external_id: str, now: datetime, **fields: Any) -> Subscription:
    """
    Subscribe a customer to a plan, now, at a later time, or since an earlier one (billed from the running period on).

    The same external id on the same plan returns the subscription that is there, its name updated; on another plan it
    changes the plan (table 1.10). One that follows a terminated one of the same id does not begin before that ended.

    :raises Invalid: if the external id is another customer's, or a date is out of order
    """
    customer = Customer.objects.lock(customer.pk)
    living = (Status.ACTIVE, Status.INCOMPLETE, Status.PENDING)
    present = Subscription.objects.filter(external_id=external_id, status__in=living).order_by("status").first()
    if present is not None:
        return _same_again(present, customer, plan, fields, now)
    anchor = fields.get("subscription_at") or now
    _check_dates(anchor, fields.get("ending_at"), now)
    plan = _priced(plan, fields, now)
    subscription = Subscription(
        external_id=external_id, customer=customer, plan=plan, subscription_at=anchor, created_at=now, updated_at=now
    )
    subscription.billing_time = fields.get("billing_time") or Subscription.BillingTime.CALENDAR
    subscription.ending_at = fields.get("ending_at")
    lifecycle.write_options(subscription, fields)
    subscription.status = Status.PENDING
    subscription.save(force_insert=True)
    if fields.get("activation_rules"):
        activation.set_rules(subscription, fields["activation_rules"], now=now)
    usage_thresholds.replace(subscription, fields.get("usage_thresholds"), now=now)
    if anchor > now:
        activity.record("subscription.created", subscription, now=now)
        return subscription
    at = max(anchor, lifecycle.last_end(external_id, customer) or anchor)
    if not activation.holds_back(subscription, at=at, now=now):
        lifecycle.begin(subscription, at=at, known_at=now)
        subscription.save()
        activity.record("subscription.started", subscription, now=now)
    if not customer.currency:
        Customer.objects.filter(pk=customer.pk).update(currency=plan.amount_currency)
    return subscription


@transaction.atomic
def update(subscription: Subscription, *, now: datetime, reason: str = "", **fields: Any) -> Subscription:
    """
    Change the name, the end or the options; the start only of one that has not begun.

    :raises Invalid: if a date is out of order
    """
    subscription = lifecycle.lock(subscription)
    before = activity.snapshot(subscription, WATCHED)
    if fields.get("subscription_at") and subscription.status == Status.PENDING:
        subscription.subscription_at = fields["subscription_at"]
    if "ending_at" in fields:
        _check_dates(subscription.subscription_at, fields["ending_at"], now)
        subscription.ending_at, subscription.alerted_days = fields["ending_at"], None
    lifecycle.write_options(subscription, fields)
    if fields.get("activation_rules") is not None and subscription.status == Status.PENDING:
        activation.set_rules(subscription, fields["activation_rules"], now=now)
    if fields.get("plan_overrides"):
        overrides.change(subscription, fields["plan_overrides"], now=now)
    subscription.updated_at = now
    subscription.save()
    usage_thresholds.replace(subscription, fields.get("usage_thresholds"), now=now)
    usage_marks.mark(Subscription.objects.filter(pk=subscription.pk), now=now)
    changes = activity.differences(before, subscription)
    activity.record("subscription.updated", subscription, now=now, changes=changes, reason=reason)
    return subscription


@transaction.atomic
def change_plan(
    subscription: Subscription, plan: Plan, *, now: datetime, reason: str = "", **fields: Any
) -> Subscription:
    """
    Change the plan of a subscription, or with `plan_overrides` its prices, when `plan_change` says so.

    Returns the subscription that is then active: the new one, or the running one if the change waits.

    :raises NotActive: if it has ended
    :raises Incomplete: if it waits for its first payment
    :raises Invalid: if the moment has passed, or a price cannot be
    """
    subscription = lifecycle.lock(subscription)
    if subscription.status == Status.INCOMPLETE:
        raise plan_changes.Incomplete("This subscription waits for its first payment.")
    if subscription.status not in (Status.ACTIVE, Status.PENDING):
        raise NotActive("This subscription is not active.")
    return plan_changes.change(subscription, _priced(plan, fields, now), now=now, reason=reason, **fields)


@transaction.atomic
def terminate(
    subscription: Subscription, *, at: datetime, now: datetime, reason: str = "", **fields: Any
) -> Subscription:
    """
    End an active subscription at a moment not in the future; what is left is billed upstairs.

    :raises NotActive: if it has ended, or has not begun
    """
    subscription = lifecycle.lock(subscription)
    if subscription.status != Status.ACTIVE:
        raise NotActive("This subscription is not active.")
    before = activity.snapshot(subscription, WATCHED)
    if not subscription.plan.pay_in_advance:
        fields = {**fields, "on_termination_credit_note": None}  # only a fee paid in advance can be credited
    elif not (fields.get("on_termination_credit_note") or subscription.on_termination_credit_note):
        fields = {**fields, "on_termination_credit_note": "credit"}
    lifecycle.write_options(subscription, fields)
    lifecycle.cancel_waiting_change(subscription, now=now, reason=reason)
    lifecycle.end(subscription, at=at, now=now)
    if subscription.on_termination_invoice == "skip":
        subscription.billing_at = None
    subscription.save()
    changes = activity.differences(before, subscription)
    activity.record("subscription.terminated", subscription, now=now, changes=changes, reason=reason)
    return subscription


@transaction.atomic
def cancel(subscription: Subscription, *, now: datetime, reason: str = "") -> Subscription:
    """
    Cancel a subscription that has not begun, or waits for its first payment.

    :raises NotActive: if it has
    """
    subscription = lifecycle.lock(subscription)
    if subscription.status not in (Status.PENDING, Status.INCOMPLETE):
        raise NotActive("This subscription has begun or ended.")
    subscription.status, subscription.canceled_at, subscription.updated_at = Status.CANCELED, now, now
    subscription.save(update_fields=["status", "canceled_at", "updated_at"])
    activation.decline(subscription, now=now)
    # The one that it was to take over from goes on.
    if subscription.previous_subscription_id is not None:
        Subscription.objects.filter(pk=subscription.previous_subscription_id).update(change_at=None)
    activity.record("subscription.canceled", subscription, now=now, reason=reason)
    return subscription


@transaction.atomic
def extend_trial(subscription: Subscription, *, until: datetime, now: datetime, reason: str = "") -> Subscription:
    """
    Move the end of a trial that is running, later or earlier, not into the past.

    :raises TrialOver: if there is no running trial
    :raises Invalid: if the new end has passed
    """
    subscription = lifecycle.lock(subscription)
    if subscription.status != Status.ACTIVE or not subscription.trial_ends_at or subscription.trial_ends_at <= now:
        raise TrialOver("This subscription has no trial that is still running.")
    if until <= now:
        raise invalid("until", "value_is_out_of_range", "A trial cannot end in the past.")
    before = activity.snapshot(subscription, WATCHED)
    subscription.trial_ends_at, subscription.updated_at = until, now
    if subscription.billing_at is not None and subscription.billing_at > now:
        subscription.billing_at = schedules.next_act(schedule_of(subscription), now)
    subscription.save()
    changes = activity.differences(before, subscription)
    activity.record("subscription.trial_extended", subscription, now=now, changes=changes, reason=reason)
    return subscription


def begin_due(*, now: datetime) -> int:
    """Begin the subscriptions whose start has come, and return how many."""
    due = Subscription.objects.filter(status=Status.PENDING, previous_subscription=None, subscription_at__lte=now)
    due = due.order_by("subscription_at", "pk")
    return sum(_begin_one(pk, now) for pk in list(due.values_list("pk", flat=True)))


def end_due(*, now: datetime) -> int:
    """
    End the subscriptions whose last day has come, each at its own end or now, and return how many.

    As in Lago that is the local day of `ending_at`, whatever the hour: no boundary of that day is billed before.
    """
    due = Subscription.objects.filter(status=Status.ACTIVE, ending_at__lt=now + timedelta(days=1))
    due = due.select_related("customer__billing_entity").order_by("ending_at", "pk")
    return sum(_end_one(subscription, now) for subscription in due if _ends_by(subscription, now))


def mark_ended_trials(*, now: datetime) -> int:
    """Note the trials that are over, and return how many."""
    over = Subscription.objects.filter(status=Status.ACTIVE, trial_ended_at=None, trial_ends_at__lte=now)
    count = 0
    for pk in list(over.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            subscription = Subscription.objects.lock(pk)
            if subscription.trial_ended_at is None:
                subscription.trial_ended_at = subscription.trial_ends_at
                subscription.save(update_fields=["trial_ended_at"])
                activity.record("subscription.trial_ended", subscription, now=now)
                count += 1
    return count


@transaction.atomic
def _begin_one(pk: int, now: datetime) -> bool:
    subscription = lifecycle.lock(Subscription.objects.get(pk=pk))
    if subscription.status != Status.PENDING:
        return False
    if activation.holds_back(subscription, at=subscription.subscription_at, now=subscription.subscription_at):
        return False
    lifecycle.begin(subscription, at=subscription.subscription_at, known_at=subscription.subscription_at)
    subscription.updated_at = now
    subscription.save()
    activity.record("subscription.started", subscription, now=now)
    return True


@transaction.atomic
def _end_one(subscription: Subscription, now: datetime) -> bool:
    subscription = lifecycle.lock(subscription)
    if subscription.status != Status.ACTIVE or not _ends_by(subscription, now):
        return False
    assert subscription.ending_at is not None
    terminate(subscription, at=min(subscription.ending_at, now), now=now)
    return True


def _ends_by(subscription: Subscription, now: datetime) -> bool:
    zone = timezone_of(subscription)
    return subscription.ending_at is not None and local_date(subscription.ending_at, zone) <= local_date(now, zone)


def _same_again(
    present: Subscription, customer: Customer, plan: Plan, fields: Mapping[str, Any], now: datetime
) -> Subscription:
    if present.customer_id != customer.pk:
        raise invalid("external_id", "value_already_exist")
    present = lifecycle.lock(present)
    if present.status == Status.INCOMPLETE and plan.pk not in (present.plan_id, present.plan.parent_id):
        raise plan_changes.Incomplete("This subscription waits for its first payment.")
    if present.plan_id != plan.pk and present.plan.parent_id != plan.pk:
        return plan_changes.change(present, _priced(plan, fields, now), now=now, **fields)
    if fields.get("name") and fields["name"] != present.name:
        return update(present, now=now, name=fields["name"])
    return present


def _priced(plan: Plan, fields: Mapping[str, Any], now: datetime) -> Plan:
    """Return the plan with prices of the customer's own, if some are given."""
    if plan.pending_deletion or plan.deleted_at is not None:
        raise NotFound("plan")
    return overrides.make(plan, fields["plan_overrides"], now=now) if fields.get("plan_overrides") else plan


def _check_dates(begins: datetime, ends: datetime | None, now: datetime) -> None:
    if ends is not None and (ends <= begins or ends <= now):
        raise Invalid({"ending_at": ["invalid_date"]}, "A subscription ends in the future, and after it begins.")
