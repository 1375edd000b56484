"""The charges of a plan: made, changed, taken away."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from billing_site.core import activity
from billing_site.core.errors import NotFound, invalid
from customers.selectors import taxes as tax_selectors
from metering.models import BillableMetric
from plans.models import Charge, Plan, PricingUnit
from plans.selectors.charges import live_filters
from plans.selectors.plans import is_in_use
from plans.services import charge_cascade, charge_filters, charge_rules

# What may still change once somebody is subscribed (table 1.5); the rest is frozen with the plan.
FLAGS = ("pay_in_advance", "prorated", "invoiceable", "regroup_paid_fees", "accepts_target_wallet")
FIELDS_IN_USE = ("invoice_display_name", "min_amount_cents")
FIELDS = (*FIELDS_IN_USE, "charge_model", *FLAGS)


@transaction.atomic
def create(plan: Plan, *, now: datetime, cascades: bool = False, **item: Any) -> Charge:
    """
    Add a charge to a plan, and where it cascades to the plans made from it.

    :raises NotFound: if its metric, a tax or its pricing unit is unknown
    :raises Invalid: for what cannot be priced like this
    """
    plan = Plan.objects.lock(plan.pk)
    charge = _create(plan, item, now, cascades=cascades)
    activity.record("plan.updated", plan, now=now, details={"charge": charge.code})
    return charge


@transaction.atomic
def update(charge: Charge, *, now: datetime, cascades: bool = False, **item: Any) -> Charge:
    """
    Change what is given of a charge; of one that somebody pays only what table 1.5 lets change.

    :raises NotFound: if a tax is unknown
    :raises Invalid: for what cannot be priced like this
    """
    plan = Plan.objects.lock(charge.plan_id)
    _update(charge, item, now, is_frozen=is_in_use(plan), cascades=cascades)
    activity.record("plan.updated", plan, now=now, details={"charge": charge.code})
    return charge


@transaction.atomic
def delete(charge: Charge, *, now: datetime, cascades: bool = False) -> Charge:
    """Take a charge off its plan; what it has billed stays."""
    plan = Plan.objects.lock(charge.plan_id)
    _discard(charge, now, cascades=cascades)
    activity.record("plan.updated", plan, now=now, details={"charge": charge.code})
    return charge


def replace(
    plan: Plan, items: Sequence[Mapping[str, Any]], *, now: datetime, is_in_use: bool, cascades: bool = False
) -> None:
    """
    Make the plan's charges these: an item with an `id` changes that charge, one without makes a new one, the others go.

    :raises NotFound: if a metric or a charge is unknown
    :raises Invalid: for what cannot be priced like this
    """
    kept = {str(charge.lago_id): charge for charge in plan.charges.filter(deleted_at=None)}
    stays = {str(item["id"]) for item in items if item.get("id")}
    if stays - kept.keys():
        raise NotFound("charge")
    for mark in kept.keys() - stays:
        _discard(kept[mark], now, cascades=cascades)
    for item in items:
        charge = kept.get(str(item.get("id")))
        if charge is None:
            _create(plan, item, now, cascades=cascades)
        else:
            _update(charge, item, now, is_frozen=is_in_use, cascades=cascades)


def _create(plan: Plan, item: Mapping[str, Any], now: datetime, *, cascades: bool) -> Charge:
    metric = _metric(item)
    charge = Charge(plan=plan, billable_metric=metric, created_at=now, updated_at=now)
    charge.code = item.get("code") or _free_code(plan, metric.code)
    if plan.charges.filter(deleted_at=None, code=charge.code).exists():
        raise invalid("code", "value_already_exist")
    if not item.get("charge_model"):
        raise invalid("charge_model", "value_is_mandatory")
    _write(charge, item, FIELDS)
    charge.properties = charge_rules.read_properties(charge.charge_model, item.get("properties"))
    _set_pricing_unit(charge, item)
    charge_rules.check(charge)
    charge.save(force_insert=True)
    _tell_metric(charge)
    charge_rules.keep_groups_apart(metric.code, charge.properties, by_wallet=charge.accepts_target_wallet)
    _set_taxes(charge, item)
    charge_filters.replace(charge, item.get("filters") or (), now)
    if cascades:
        taken = Q(charges__code=charge.code, charges__deleted_at=None)
        for child in plan.children.filter(deleted_at=None).exclude(taken):
            charge_cascade.copy(charge, child, now=now)
    return charge


def _update(charge: Charge, item: Mapping[str, Any], now: datetime, *, is_frozen: bool, cascades: bool) -> None:
    before, old_model = charge_cascade.picture(charge), charge.charge_model
    _write(charge, item, FIELDS_IN_USE if is_frozen else FIELDS)
    is_repriced = charge.charge_model != old_model
    if item.get("properties") is not None or is_repriced:
        charge.properties = charge_rules.read_properties(charge.charge_model, item.get("properties"))
    _set_pricing_unit(charge, item)
    charge_rules.check(charge)
    charge.updated_at = now
    charge.save()
    _tell_metric(charge)
    charge_rules.keep_groups_apart(
        charge.billable_metric.code, charge.properties, by_wallet=charge.accepts_target_wallet
    )
    _set_taxes(charge, item)
    if item.get("filters") is not None:
        charge_filters.replace(charge, item["filters"], now)
    elif is_repriced:
        for row in live_filters(charge):
            charge_filters.write(row, {"properties": row.properties}, now)
    if cascades:
        charge_cascade.follow(charge, before, now=now)


def _discard(charge: Charge, now: datetime, *, cascades: bool) -> None:
    charge_cascade.discard([charge], now=now)
    if cascades:
        charge_cascade.discard(charge.children.filter(deleted_at=None), now=now)


def _metric(item: Mapping[str, Any]) -> BillableMetric:
    wanted: Any = item.get("billable_metric_id")
    metric: BillableMetric | None = BillableMetric.objects.live().filter(lago_id=wanted).first() if wanted else None
    if metric is None:
        raise NotFound("billable_metrics")
    return metric


def _write(charge: Charge, item: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for name in allowed:
        if name in item:
            field: Any = Charge._meta.get_field(name)
            setattr(charge, name, field.get_default() if item[name] is None else item[name])


def _set_pricing_unit(charge: Charge, item: Mapping[str, Any]) -> None:
    """Price a new charge in a unit of the company's own; of an old one only the rate may change."""
    wanted = item.get("applied_pricing_unit")
    if not wanted:
        return
    if charge.pk is None:
        charge.pricing_unit = PricingUnit.objects.filter(code=wanted.get("code")).first()
        if charge.pricing_unit is None:
            raise NotFound("pricing_unit")
    if charge.pricing_unit is not None and wanted.get("conversion_rate") is not None:
        charge.conversion_rate = Decimal(wanted["conversion_rate"])
    if charge.pricing_unit is not None and not charge.conversion_rate:
        raise invalid("conversion_rate", "value_is_mandatory")


def _tell_metric(charge: Charge) -> None:
    """Have the metric's events told at once, where they are paid for at once."""
    if charge.pay_in_advance and not charge.billable_metric.is_paid_at_once:
        BillableMetric.objects.filter(pk=charge.billable_metric_id).update(is_paid_at_once=True)


def _free_code(plan: Plan, wanted: str) -> str:
    """Return the metric's code, numbered if the plan has it already."""
    return numbered(wanted, set(plan.charges.filter(deleted_at=None).values_list("code", flat=True)))


def numbered(wanted: str, taken: Set[str]) -> str:
    """Return the code, with the first free number behind it if it is taken."""
    code, number = wanted, 1
    while code in taken:
        code, number = f"{wanted}_{number}", number + 1
    return code


def _set_taxes(charge: Charge, item: Mapping[str, Any]) -> None:
    if item.get("tax_codes") is not None:
        charge.taxes.set(tax_selectors.by_codes(item["tax_codes"]))
