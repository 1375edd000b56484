"""
Charges and their filters of one subscription alone.

The first change makes the plan the subscription's own; what is named by its shared charge or filter is then changed in
the copy.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from plans.models import Charge, ChargeFilter, Subscription
from plans.selectors.charges import live_filters, with_prices
from plans.services import charge_filters, charges, lifecycle, overrides


@transaction.atomic
def update(subscription: Subscription, charge: Charge, *, now: datetime, **fields: Any) -> Charge:
    """
    Change what is given of the subscription's charge, and return its own one.

    :raises NotFound: if a tax is unknown
    :raises Invalid: for what cannot be priced like this
    """
    return charges.update(_own_charge(subscription, charge, now), now=now, **fields)


@transaction.atomic
def create_filter(subscription: Subscription, charge: Charge, *, now: datetime, **fields: Any) -> ChargeFilter:
    """
    Add a filter to the subscription's charge.

    :raises Invalid: if its values or prices cannot be
    """
    return charge_filters.create(_own_charge(subscription, charge, now), now=now, **fields)


@transaction.atomic
def update_filter(subscription: Subscription, row: ChargeFilter, *, now: datetime, **fields: Any) -> ChargeFilter:
    """
    Change the name and the prices of a filter for the subscription.

    :raises Invalid: if the prices cannot be
    """
    return charge_filters.update(_own_filter(subscription, row, now), now=now, **fields)


@transaction.atomic
def delete_filter(subscription: Subscription, row: ChargeFilter, *, now: datetime) -> ChargeFilter:
    """Take a filter from the subscription's charge, and return the one that went."""
    return charge_filters.delete(_own_filter(subscription, row, now), now=now)


def _own_charge(subscription: Subscription, charge: Charge, now: datetime) -> Charge:
    plan = overrides.own_plan(lifecycle.lock(subscription), now=now)
    if charge.plan_id == plan.pk:
        return charge
    own: Charge = with_prices(Charge.objects.live().filter(plan=plan)).get(parent=charge)
    return own


def _own_filter(subscription: Subscription, row: ChargeFilter, now: datetime) -> ChargeFilter:
    own = _own_charge(subscription, row.charge, now)
    if own.pk == row.charge_id:
        return row
    # copied in the order of the shared ones, of which two may have the same values
    shared = [item.pk for item in live_filters(row.charge)]
    return live_filters(own)[shared.index(row.pk)]
