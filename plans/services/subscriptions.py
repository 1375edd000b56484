"""Subscriptions: begun, changed, ended. What that costs is billed upstairs, by what these rows then say."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, NotAllowed, invalid
from customers.models import Customer
from plans.calculations import schedules
from plans.models import Plan, Subscription
from plans.selectors.schedules import schedule_of

Status = Subscription.Status
OPTIONS = (
    "name", "on_termination_credit_note", "on_termination_invoice", "consolidate_invoice", "purchase_order_number",
    "progressive_billing_disabled",
)  # fmt: skip
WATCHED = (*OPTIONS, "status", "ending_at", "subscription_at", "trial_ends_at", "terminated_at")


class NotActive(NotAllowed):
    code = "no_active_subscription"


class TrialOver(NotAllowed):
    code = "trial_has_ended"


@transaction.atomic
def create(customer: Customer, plan: Plan, *, external_id: str, now: datetime, **fields: Any) -> Subscription:
    """
    Subscribe a customer to a plan, now, at a later time, or since an earlier one (billed from the running period on).

    The same external id on the same plan returns the subscription that is there, its name updated (table 1.10).

    :raises Invalid: if the external id is another customer's, or a date is out of order
    """
    customer = Customer.objects.lock(customer.pk)
    living = (Status.ACTIVE, Status.PENDING)
    present = Subscription.objects.filter(external_id=external_id, status__in=living).order_by("status").first()
    if present is not None:
        return _same_again(present, customer, plan, fields, now)
    anchor = fields.get("subscription_at") or now
    _check_dates(anchor, fields.get("ending_at"), now)
    subscription = Subscription(
        external_id=external_id, customer=customer, plan=plan, subscription_at=anchor, created_at=now, updated_at=now
    )
    subscription.billing_time = fields.get("billing_time") or Subscription.BillingTime.CALENDAR
    subscription.ending_at = fields.get("ending_at")
    _write_options(subscription, fields)
    if anchor > now:
        subscription.status = Status.PENDING
        subscription.save(force_insert=True)
        activity.record("subscription.created", subscription, now=now)
        return subscription
    _begin(subscription, at=anchor, now=now)
    subscription.save(force_insert=True)
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
    subscription = _lock(subscription)
    before = activity.snapshot(subscription, WATCHED)
    if fields.get("subscription_at") and subscription.status == Status.PENDING:
        subscription.subscription_at = fields["subscription_at"]
    if "ending_at" in fields:
        _check_dates(subscription.subscription_at, fields["ending_at"], now)
        subscription.ending_at = fields["ending_at"]
    _write_options(subscription, fields)
    subscription.updated_at = now
    subscription.save()
    changes = activity.differences(before, subscription)
    activity.record("subscription.updated", subscription, now=now, changes=changes, reason=reason)
    return subscription


@transaction.atomic
def terminate(
    subscription: Subscription, *, at: datetime, now: datetime, reason: str = "", **fields: Any
) -> Subscription:
    """
    End an active subscription at a moment not in the future; what is left is billed upstairs.

    :raises NotActive: if it has ended, or has not begun
    """
    subscription = _lock(subscription)
    if subscription.status != Status.ACTIVE:
        raise NotActive("This subscription is not active.")
    before = activity.snapshot(subscription, WATCHED)
    if not subscription.plan.pay_in_advance:
        fields = {**fields, "on_termination_credit_note": None}  # only a fee paid in advance can be credited
    _write_options(subscription, fields)
    subscription.status, subscription.terminated_at, subscription.updated_at = Status.TERMINATED, at, now
    if subscription.on_termination_invoice == "skip":
        subscription.billing_at = None
    else:
        subscription.billing_at = min(subscription.billing_at or at, at)
    subscription.save()
    changes = activity.differences(before, subscription)
    activity.record("subscription.terminated", subscription, now=now, changes=changes, reason=reason)
    return subscription


@transaction.atomic
def cancel(subscription: Subscription, *, now: datetime, reason: str = "") -> Subscription:
    """
    Cancel a subscription that has not begun.

    :raises NotActive: if it has
    """
    subscription = _lock(subscription)
    if subscription.status != Status.PENDING:
        raise NotActive("This subscription has begun or ended.")
    subscription.status, subscription.canceled_at, subscription.updated_at = Status.CANCELED, now, now
    subscription.save(update_fields=["status", "canceled_at", "updated_at"])
    activity.record("subscription.canceled", subscription, now=now, reason=reason)
    return subscription


@transaction.atomic
def extend_trial(subscription: Subscription, *, until: datetime, now: datetime, reason: str = "") -> Subscription:
    """
    Move the end of a trial that is running, later or earlier, not into the past.

    :raises TrialOver: if there is no running trial
    :raises Invalid: if the new end has passed
    """
    subscription = _lock(subscription)
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
    due = Subscription.objects.filter(status=Status.PENDING, subscription_at__lte=now).order_by("subscription_at", "pk")
    return sum(_begin_one(pk, now) for pk in list(due.values_list("pk", flat=True)))


def end_due(*, now: datetime) -> int:
    """End the subscriptions whose end has come, each at its own end, and return how many."""
    due = Subscription.objects.filter(status=Status.ACTIVE, ending_at__lte=now).order_by("ending_at", "pk")
    return sum(_end_one(subscription, now) for subscription in due)


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
    subscription = _lock(Subscription.objects.get(pk=pk))
    if subscription.status != Status.PENDING:
        return False
    _begin(subscription, at=subscription.subscription_at, now=now)
    subscription.updated_at = now
    subscription.save()
    activity.record("subscription.started", subscription, now=now)
    return True


@transaction.atomic
def _end_one(subscription: Subscription, now: datetime) -> bool:
    subscription = _lock(subscription)
    if subscription.status != Status.ACTIVE or subscription.ending_at is None or subscription.ending_at > now:
        return False
    terminate(subscription, at=subscription.ending_at, now=now)
    return True


def _begin(subscription: Subscription, *, at: datetime, now: datetime) -> None:
    subscription.status = Status.ACTIVE
    subscription.started_at = subscription.activated_at = at
    first = Subscription.objects.filter(external_id=subscription.external_id, started_at__isnull=False)
    chain_start = first.order_by("started_at").values_list("started_at", flat=True).first()
    if subscription.plan.trial_period:
        # timedelta takes days as an exact number of microseconds here: trial_period has three decimals.
        length = timedelta(microseconds=int(subscription.plan.trial_period * 86_400_000_000))
        subscription.trial_ends_at = (chain_start or at) + length
    schedule = schedule_of(subscription)
    running = schedule.period(now)
    subscription.billable_from = max(at, running.start) if at < now else at
    subscription.billing_at = schedules.first_act(schedule_of(subscription), now=now)


def _same_again(
    present: Subscription, customer: Customer, plan: Plan, fields: Mapping[str, Any], now: datetime
) -> Subscription:
    if present.customer_id != customer.pk:
        raise invalid("external_id", "value_already_exist")
    if present.plan_id != plan.pk and present.plan.parent_id != plan.pk:
        raise invalid("plan_code", "not_supported_yet", "Changing the plan of a subscription is not possible yet.")
    if fields.get("name") and fields["name"] != present.name:
        return update(present, now=now, name=fields["name"])
    return present


def _check_dates(begins: datetime, ends: datetime | None, now: datetime) -> None:
    if ends is not None and (ends <= begins or ends <= now):
        raise Invalid({"ending_at": ["invalid_date"]}, "A subscription ends in the future, and after it begins.")


def _write_options(subscription: Subscription, fields: Mapping[str, Any]) -> None:
    for name in OPTIONS:
        if fields.get(name) is not None:
            setattr(subscription, name, fields[name])


def _lock(subscription: Subscription) -> Subscription:
    """Lock in order: the customer, then the subscription."""
    Customer.objects.lock(subscription.customer_id)
    locked: Subscription = Subscription.objects.select_related("plan", "customer__billing_entity").get(
        pk=subscription.pk
    )
    Subscription.objects.lock(subscription.pk)
    locked.refresh_from_db(from_queryset=Subscription.objects.select_related("plan", "customer__billing_entity"))
    return locked
