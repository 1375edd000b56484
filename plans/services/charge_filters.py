"""Filters of charges: made, changed, taken away; each with prices of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from plans.models import Charge, ChargeFilter, Plan
from plans.selectors.charges import live_filters
from plans.services import charge_cascade, charge_rules


@transaction.atomic
def create(charge: Charge, *, now: datetime, cascades: bool = False, **fields: Any) -> ChargeFilter:
    """
    Add a filter to a charge, and where it cascades to the charges made from it that lack one of these values.

    :raises Invalid: if its values or prices cannot be
    """
    plan = Plan.objects.lock(charge.plan_id)
    before = charge_cascade.picture(charge)
    made = write(ChargeFilter(charge=charge, created_at=now), fields, now)
    _finish(plan, charge, before, now, cascades=cascades)
    return made


@transaction.atomic
def update(charge_filter: ChargeFilter, *, now: datetime, cascades: bool = False, **fields: Any) -> ChargeFilter:
    """
    Change the name and the prices of a filter; its values are what it is.

    :raises Invalid: if the prices cannot be
    """
    charge = charge_filter.charge
    plan = Plan.objects.lock(charge.plan_id)
    before = charge_cascade.picture(charge)
    fields.pop("values", None)
    write(charge_filter, fields, now)
    _finish(plan, charge, before, now, cascades=cascades)
    return charge_filter


@transaction.atomic
def delete(charge_filter: ChargeFilter, *, now: datetime, cascades: bool = False) -> ChargeFilter:
    """Take a filter away: what matched it belongs to the next narrower one, or to the charge itself."""
    charge = charge_filter.charge
    plan = Plan.objects.lock(charge.plan_id)
    before = charge_cascade.picture(charge)
    discard(charge_filter, now)
    _finish(plan, charge, before, now, cascades=cascades)
    return charge_filter


def replace(charge: Charge, items: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """
    Make the charge's filters these: one with the same values is changed, the others go.

    :raises Invalid: if values or prices cannot be
    """
    left = live_filters(charge)
    for item in items:
        values = charge_rules.read_filter_values(charge.billable_metric, item.get("values"))
        same = next((row for row in left if same_values(row.values, values)), None)
        if same:
            left.remove(same)
        write(same or ChargeFilter(charge=charge, created_at=now), item, now)
    for row in left:
        discard(row, now)


def write(row: ChargeFilter, fields: Mapping[str, Any], now: datetime) -> ChargeFilter:
    """
    Write what is given onto a filter, new or not.

    :raises Invalid: if values or prices cannot be
    """
    charge = row.charge
    if "values" in fields or row.pk is None:
        row.values = charge_rules.read_filter_values(charge.billable_metric, fields.get("values"))
    if "invoice_display_name" in fields:
        row.invoice_display_name = fields["invoice_display_name"] or ""
    if fields.get("properties") is not None or not row.properties:
        row.properties = charge_rules.read_properties(charge.charge_model, fields.get("properties"))
    row.updated_at = now
    row.save()
    charge_rules.keep_groups_apart(charge.billable_metric.code, row.properties)
    return row


def discard(row: ChargeFilter, now: datetime) -> None:
    """Mark a filter as deleted; fees go on pointing to it."""
    row.deleted_at = row.updated_at = now
    row.save(update_fields=["deleted_at", "updated_at"])


def same_values(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]]) -> bool:
    """Test if two filters allow the same, in whatever order it is written."""
    return {key: set(values) for key, values in one.items()} == {key: set(values) for key, values in other.items()}


def _finish(plan: Plan, charge: Charge, before: charge_cascade.Picture, now: datetime, *, cascades: bool) -> None:
    if cascades:
        charge_cascade.follow(charge, before, now=now)
    activity.record("plan.updated", plan, now=now, details={"charge": charge.code})
