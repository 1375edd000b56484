"""
Prices of one customer's own: a plan made from another, with the same code, for one subscription.

Everything of the plan is copied, each kind of thing by its own service, and then changed where asked; the plan that
others have is left alone. What changes there later reaches the copies only by a cascade.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotFound
from customers.selectors import taxes as tax_selectors
from plans.models import Charge, FixedCharge, Plan, Subscription
from plans.services import charge_cascade, charges, commitments, fixed_charges, usage_thresholds

FIELDS = ("name", "invoice_display_name", "description", "amount_cents", "amount_currency", "trial_period")
CHARGE_FIELDS = ("invoice_display_name", "properties", "min_amount_cents", "filters", "tax_codes")
FIXED_CHARGE_FIELDS = (
    "invoice_display_name", "properties", "units", "apply_units_immediately", "tax_codes",
)  # fmt: skip
_COPIED = (
    "code", "interval", "pay_in_advance", "bill_charges_monthly", "bill_fixed_charges_monthly", *FIELDS,
)  # fmt: skip


@transaction.atomic
def make(plan: Plan, overrides: Mapping[str, Any], *, now: datetime, subscription: Subscription | None = None) -> Plan:
    """
    Return a plan made from another one and changed; for a subscription that runs, with the units it has had. One made
    from a customer's own plan is that customer's next, and has the same parent.

    :raises Invalid: field by field
    :raises NotFound: if a charge, fixed charge or tax is unknown
    """
    child = Plan(parent=plan.parent or plan, created_at=now, updated_at=now)
    for name in _COPIED:
        setattr(child, name, getattr(plan, name))
    child.save(force_insert=True)
    child.taxes.set(plan.taxes.all())
    for charge in Charge.objects.live().filter(plan=plan).prefetch_related("taxes").order_by("pk"):
        charge_cascade.copy(charge, child, now=now)
    for fixed_charge in FixedCharge.objects.live().filter(plan=plan).prefetch_related("taxes").order_by("pk"):
        fixed_charges.copy(fixed_charge, child, now=now, subscription=subscription)
    commitments.copy(plan, child, now=now)
    _write(child, overrides, now)
    return child


def own_plan(subscription: Subscription, *, now: datetime) -> Plan:
    """Return the plan that is this (locked) subscription's own, made now if it still shares one."""
    if subscription.plan.parent_id is None:
        shared = subscription.plan
        subscription.plan = make(shared, {}, now=now, subscription=subscription)
        subscription.updated_at = now
        subscription.save(update_fields=["plan", "updated_at"])
        activity.record("subscription.updated", subscription, now=now, details={"plan_overridden": shared.code})
    return subscription.plan


def change(subscription: Subscription, overrides: Mapping[str, Any], *, now: datetime) -> None:
    """
    Change the prices of this (locked) subscription alone; what has been billed stays.

    :raises Invalid: field by field
    :raises NotFound: if a charge, fixed charge or tax is unknown
    """
    _write(own_plan(subscription, now=now), overrides, now)


def _write(child: Plan, overrides: Mapping[str, Any], now: datetime) -> None:
    for name in FIELDS:
        if overrides.get(name) is not None:
            setattr(child, name, overrides[name])
    child.updated_at = now
    child.save()
    if overrides.get("tax_codes") is not None:
        child.taxes.set(tax_selectors.by_codes(overrides["tax_codes"]))
    if overrides.get("minimum_commitment"):
        commitments.replace(child, overrides["minimum_commitment"], now=now)
    usage_thresholds.replace(child, overrides.get("usage_thresholds"), now=now)
    _override_charges(child, overrides.get("charges") or (), now)
    _override_fixed_charges(child, overrides.get("fixed_charges") or (), now)


def _override_charges(child: Plan, items: Sequence[Mapping[str, Any]], now: datetime) -> None:
    rows = list(child.charges.filter(deleted_at=None).select_related("parent", "billable_metric"))
    for item in items:
        charge = _named(rows, item, "charge")
        charges.update(charge, now=now, **{name: item[name] for name in CHARGE_FIELDS if name in item})


def _override_fixed_charges(child: Plan, items: Sequence[Mapping[str, Any]], now: datetime) -> None:
    rows = list(child.fixed_charges.filter(deleted_at=None).select_related("parent", "add_on"))
    for item in items:
        row = _named(rows, item, "fixed_charge")
        given = {name: item[name] for name in FIXED_CHARGE_FIELDS if name in item}
        fixed_charges.update(row, now=now, is_in_use=True, **given)


def _named(rows: Sequence[Any], item: Mapping[str, Any], resource: str) -> Any:
    """Return the copy that an item means: by its own id, by that of what it was copied from, or by code."""
    wanted = str(item.get("id") or "")
    for row in rows:
        ids = {str(row.lago_id), str(row.parent.lago_id) if row.parent else ""} - {""}
        if wanted in ids or (not wanted and item.get("code") == row.code):
            return row
    raise NotFound(resource)
