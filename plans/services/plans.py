"""Plans: made, changed, taken out of use. What was invoiced keeps its copies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import invalid
from customers.selectors import taxes as tax_selectors
from plans.models import Plan
from plans.selectors import usage_thresholds as threshold_selectors
from plans.selectors.plans import is_in_use
from plans.services import charges, commitments, fixed_charges, plan_cascade, usage_thresholds

FIELDS = (
    "code", "name", "invoice_display_name", "description", "interval", "amount_cents", "amount_currency",
    "trial_period", "pay_in_advance", "metadata", "bill_charges_monthly", "bill_fixed_charges_monthly",
)  # fmt: skip
FIELDS_IN_USE = ("name", "invoice_display_name", "description", "amount_cents", "metadata")
_NULLABLE = {"metadata", "bill_charges_monthly", "bill_fixed_charges_monthly"}
MAX_METADATA = 50


@transaction.atomic
def create(*, now: datetime, **fields: Any) -> Plan:
    """
    Make a plan with its charges.

    :raises Invalid: field by field
    :raises NotFound: if a metric or tax is unknown
    """
    plan = Plan(created_at=now, updated_at=now)
    _write(plan, fields, FIELDS)
    plan.save(force_insert=True)
    _set_taxes(plan, fields)
    charges.replace(plan, fields.get("charges") or (), now=now, is_in_use=False)
    fixed_charges.replace(plan, fields.get("fixed_charges") or (), now=now, is_in_use=False)
    commitments.replace(plan, fields.get("minimum_commitment"), now=now)
    usage_thresholds.replace(plan, fields.get("usage_thresholds"), now=now)
    activity.record("plan.created", plan, now=now)
    return plan


@transaction.atomic
def update(plan: Plan, *, now: datetime, **fields: Any) -> Plan:
    """
    Change what is given; of a plan with subscribers only what Lago lets change (table 1.5). `charges` replaces all.
    With `cascade_updates` the plans made from this one follow.

    :raises Invalid: field by field
    :raises NotFound: if a metric, charge or tax is unknown
    """
    plan = Plan.objects.lock(plan.pk)
    before = activity.snapshot(plan, FIELDS)
    in_use = is_in_use(plan)
    _write(plan, fields, FIELDS_IN_USE if in_use else FIELDS)
    plan.updated_at = now
    plan.save()
    _set_taxes(plan, fields)
    if fields.get("charges") is not None:
        cascades = bool(fields.get("cascade_updates"))
        charges.replace(plan, fields["charges"], now=now, is_in_use=in_use, cascades=cascades)
    if fields.get("fixed_charges") is not None:
        cascades = bool(fields.get("cascade_updates"))
        fixed_charges.replace(plan, fields["fixed_charges"], now=now, is_in_use=in_use, cascades=cascades)
    if "minimum_commitment" in fields:
        committed = commitments.terms_of(plan)
        commitments.replace(plan, fields["minimum_commitment"], now=now)
        if fields.get("cascade_updates"):
            commitments.follow(plan, committed, now=now)
    _set_thresholds(plan, fields, now)
    changes = activity.differences(before, plan)
    if fields.get("cascade_updates"):
        plan_cascade.follow(plan, changes, now=now)
    activity.record("plan.updated", plan, now=now, changes=changes)
    return plan


@transaction.atomic
def delete(plan: Plan, *, now: datetime) -> Plan:
    """Take a plan out of sale: it is marked, its subscriptions end after that, and then it is gone (table 1.5)."""
    plan = Plan.objects.lock(plan.pk)
    plan.pending_deletion, plan.updated_at = True, now
    plan.save(update_fields=["pending_deletion", "updated_at"])
    activity.record("plan.deleted", plan, now=now)
    return plan


def _write(plan: Plan, fields: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    if len(fields.get("metadata") or {}) > MAX_METADATA:
        raise invalid("metadata", "too_many_keys")
    for name in allowed:
        if name in fields:
            field: Any = Plan._meta.get_field(name)
            value = fields[name]
            setattr(plan, name, field.get_default() if value is None and name not in _NULLABLE else value)
    taken = Plan.objects.live().filter(code=plan.code, parent=None).exclude(pk=plan.pk)
    if plan.parent_id is None and taken.exists():
        raise invalid("code", "value_already_exist")


def _set_taxes(plan: Plan, fields: Mapping[str, Any]) -> None:
    if fields.get("tax_codes") is not None:
        plan.taxes.set(tax_selectors.by_codes(fields["tax_codes"]))


def _set_thresholds(plan: Plan, fields: Mapping[str, Any], now: datetime) -> None:
    before = threshold_selectors.own(plan)
    usage_thresholds.replace(plan, fields.get("usage_thresholds"), now=now)
    if fields.get("usage_thresholds") is not None and fields.get("cascade_updates"):
        usage_thresholds.follow(plan, before, now=now)
