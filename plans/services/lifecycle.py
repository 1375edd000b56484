"""How a subscription begins and ends, as all services that do it share it. The caller holds the locks and saves."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from billing_site.core import activity
from billing_site.core.errors import NotFound
from customers.models import BillingEntity, Customer
from customers.selectors import payment_methods
from plans.calculations import schedules
from plans.models import ActivationRule, Subscription, SubscriptionEntitlement
from plans.selectors.schedules import schedule_of

Status, Rule = Subscription.Status, ActivationRule.Status
OPTIONS = (
    "name", "on_termination_credit_note", "on_termination_invoice", "consolidate_invoice", "purchase_order_number",
    "progressive_billing_disabled", "payment_method", "historical_usage_amount_cents",
)  # fmt: skip
WATCHED = (*OPTIONS, "status", "ending_at", "subscription_at", "trial_ends_at", "terminated_at", "change_at")


def lock(subscription: Subscription) -> Subscription:
    """Lock in order, the customer and then the subscription, and return it as it is now."""
    Customer.objects.lock(subscription.customer_id)
    locked: Subscription = Subscription.objects.lock(subscription.pk)
    locked.refresh_from_db(from_queryset=Subscription.objects.select_related("plan", "customer__billing_entity"))
    return locked


def write_options(subscription: Subscription, fields: Mapping[str, Any]) -> None:
    """
    Set the options that are given.

    :raises NotFound: if the billing entity is unknown
    :raises Invalid: if the customer has not stored the payment method
    """
    payment_methods.check(subscription.customer_id, fields.get("payment_method"))
    for name in OPTIONS:
        if fields.get(name) is not None:
            setattr(subscription, name, fields[name])
    if code := fields.get("billing_entity_code"):
        subscription.billing_entity = BillingEntity.objects.filter(code=code).first()
        if subscription.billing_entity is None:
            raise NotFound("billing_entity")


def begin(subscription: Subscription, *, at: datetime, known_at: datetime) -> None:
    """
    Make a subscription active from a moment on.

    `known_at` is when it became known that it begins: whole periods before are not billed (rule M144). One that was to
    begin by itself is known at its beginning, however late that is noticed.
    """
    subscription.status = Status.ACTIVE
    subscription.started_at = subscription.activated_at = at
    subscription.historical_usage_amount_cents = _historical_usage_cents(subscription)
    if subscription.plan.trial_period:
        # timedelta takes days as an exact number of microseconds here: trial_period has three decimals.
        length = timedelta(microseconds=int(subscription.plan.trial_period * 86_400_000_000))
        subscription.trial_ends_at = (_chain_start(subscription) or at) + length
    running = schedule_of(subscription).period(max(known_at, at))
    subscription.billable_from = max(at, running.start) if at < known_at else at
    subscription.billing_at = schedules.first_act(schedule_of(subscription), now=known_at)


def end(subscription: Subscription, *, at: datetime, now: datetime) -> None:
    """Make an active subscription a terminated one; what is left to be billed is due at that moment."""
    due_at = subscription.billing_at
    subscription.status, subscription.terminated_at, subscription.updated_at = Status.TERMINATED, at, now
    subscription.change_at = None
    subscription.billing_at = schedules.last_act(schedule_of(subscription), due_at)


def hand_over(current: Subscription, following: Subscription, *, at: datetime, now: datetime, reason: str = "") -> None:
    """End the one and begin the other at the same moment, with the entitlements of its own; one invoice bills both."""
    before = activity.snapshot(current, WATCHED)
    current.is_replaced = True
    end(current, at=at, now=now)
    current.save()
    begin(following, at=at, known_at=at)
    following.updated_at = now
    following.save()
    _keep_entitlements(current, following)
    changes = activity.differences(before, current)
    activity.record("subscription.terminated", current, now=now, changes=changes, reason=reason)
    activity.record("subscription.started", following, now=now, reason=reason)


def cancel_waiting_change(subscription: Subscription, *, now: datetime, reason: str = "") -> None:
    """Cancel the next plan of a subscription, if one waits."""
    subscription.change_at = None
    for waiting in subscription.next_subscriptions.filter(status__in=(Status.PENDING, Status.INCOMPLETE)):
        waiting.activation_rules.filter(status=Rule.PENDING).update(status=Rule.DECLINED, updated_at=now)
        waiting.status, waiting.canceled_at, waiting.updated_at = Status.CANCELED, now, now
        waiting.save(update_fields=["status", "canceled_at", "updated_at"])
        activity.record("subscription.canceled", waiting, now=now, reason=reason)


def last_end(external_id: str, customer: Customer) -> datetime | None:
    """Return when the latest subscription of this external id ended, if there was one."""
    ended = Subscription.objects.filter(external_id=external_id, customer=customer, status=Status.TERMINATED)
    moment: datetime | None = ended.order_by("-terminated_at").values_list("terminated_at", flat=True).first()
    return moment


def _keep_entitlements(current: Subscription, following: Subscription) -> None:
    """Give the next subscription what the one before had other than its plan; what it was given itself stays."""
    given = following.entitlements.values("feature_id")
    kept = list(current.entitlements.exclude(feature_id__in=given).order_by("pk"))
    for row in kept:
        row.pk, row.lago_id, row.subscription = None, uuid.uuid4(), following
    SubscriptionEntitlement.objects.bulk_create(kept)


def _chain_start(subscription: Subscription) -> datetime | None:
    """Return when the first subscription of this external id began: trials count from there (rule M31)."""
    chain = Subscription.objects.filter(
        external_id=subscription.external_id, customer_id=subscription.customer_id, started_at__isnull=False
    )
    moment: datetime | None = chain.order_by("started_at").values_list("started_at", flat=True).first()
    return moment


def _historical_usage_cents(subscription: Subscription) -> int:
    """Return the usage from before of the one that it follows: the latest of the same external id and anchor."""
    before = Subscription.objects.filter(
        customer_id=subscription.customer_id,
        external_id=subscription.external_id,
        subscription_at=subscription.subscription_at,
        started_at__isnull=False,
    ).exclude(pk=subscription.pk)
    cents = before.order_by("-started_at", "-pk").values_list("historical_usage_amount_cents", flat=True).first()
    return subscription.historical_usage_amount_cents if cents is None else cents
