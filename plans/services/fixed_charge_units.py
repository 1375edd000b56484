"""Changes of the units of fixed charges, for a whole plan or for one subscription. Kept as a history, never edited."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from billing_site.core import activity
from plans.models import FixedCharge, FixedChargeUnits, Subscription


@transaction.atomic
def change(
    fixed_charge: FixedCharge,
    units: Decimal,
    *,
    now: datetime,
    at_once: bool,
    subscription: Subscription | None = None,
) -> FixedChargeUnits:
    """
    Note that a fixed charge has these units, at once or from each subscription's next period on.

    Without a subscription it holds for all of the plan that have no units of their own. A change at once of what is
    paid in advance awaits a bill of the difference, which is made upstairs.
    """
    awaits_billing = at_once and fixed_charge.pay_in_advance
    row = FixedChargeUnits.objects.create(
        fixed_charge=fixed_charge,
        subscription=subscription,
        units=units,
        changed_at=now,
        at_once=at_once,
        awaits_billing=awaits_billing,
    )
    if awaits_billing:
        activity.record("fixed_charge.units_changed", subscription or fixed_charge, now=now)
    return row


@transaction.atomic
def change_own(
    subscription: Subscription, wanted: Mapping[FixedCharge, Decimal], *, now: datetime, at_once: bool, reason: str = ""
) -> Subscription:
    """Give a subscription these units of its own, at once or from its next period on."""
    for fixed_charge, units in wanted.items():
        change(fixed_charge, units, now=now, at_once=at_once, subscription=subscription)
    details = {fixed_charge.code: units for fixed_charge, units in wanted.items()}
    activity.record("subscription.updated", subscription, now=now, details={"units": details}, reason=reason)
    return subscription


def copy(fixed_charge: FixedCharge, made: FixedCharge, *, subscription: Subscription | None = None) -> None:
    """Give a copy the units that the plan's subscribers have had, or this one of them; what is billed stays billed."""
    rows = FixedChargeUnits.objects.filter(Q(subscription=None) | Q(subscription=subscription))
    FixedChargeUnits.objects.bulk_create(
        FixedChargeUnits(
            fixed_charge=made,
            subscription=row.subscription,
            units=row.units,
            changed_at=row.changed_at,
            at_once=row.at_once,
        )
        for row in rows.filter(fixed_charge=fixed_charge).select_related("subscription").order_by("pk")
    )
