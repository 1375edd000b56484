"""The fixed charges of a plan. Codes of refusals are Lago's (table 1.8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, NotFound, invalid
from customers.selectors import taxes as tax_selectors
from plans.calculations.charge_models import CHARGE_MODELS
from plans.models import AddOn, FixedCharge, Plan, Subscription
from plans.services import charge_rules, charges, fixed_charge_units

AT_ONCE = "apply_units_immediately"
CASCADED = ("code", "properties", "units")


def replace(
    plan: Plan, items: Sequence[Mapping[str, Any]], *, now: datetime, is_in_use: bool, cascades: bool = False
) -> None:
    """
    Make the plan's fixed charges these: an item with an `id` changes that one, one without makes a new one, the others
    go. With `cascades` the plans made from this one follow where they have not been changed themselves.

    :raises NotFound: if an add-on or a fixed charge is unknown
    :raises Invalid: for what cannot be priced like this
    """
    kept = {str(fixed_charge.lago_id): fixed_charge for fixed_charge in plan.fixed_charges.filter(deleted_at=None)}
    stays = {str(item["id"]) for item in items if item.get("id")}
    if stays - kept.keys():
        raise NotFound("fixed_charge")
    for mark in kept.keys() - stays:
        _discard(kept[mark], now, cascades=cascades)
    for item in items:
        fixed_charge = kept.get(str(item.get("id")))
        if fixed_charge is None:
            _create(plan, item, now, cascades=cascades)
        else:
            _update(fixed_charge, item, now, is_in_use=is_in_use, cascades=cascades)


@transaction.atomic
def create(plan: Plan, *, now: datetime, **fields: Any) -> FixedCharge:
    """
    Add a fixed charge to a plan; for those subscribed already it begins with their next period, or at once if asked.

    :raises NotFound: if the add-on is unknown
    :raises Invalid: field by field
    """
    plan = Plan.objects.lock(plan.pk)
    fixed_charge = _create(plan, fields, now, cascades=bool(fields.get("cascade_updates")))
    activity.record("fixed_charge.created", fixed_charge, now=now)
    return fixed_charge


@transaction.atomic
def update(fixed_charge: FixedCharge, *, now: datetime, is_in_use: bool, **fields: Any) -> FixedCharge:
    """
    Change what is given; the model only while nobody is subscribed.

    :raises Invalid: field by field
    """
    Plan.objects.lock(fixed_charge.plan_id)
    fixed_charge = FixedCharge.objects.lock(fixed_charge.pk)
    watched = ("code", "invoice_display_name", "charge_model", "properties", "units")
    before = activity.snapshot(fixed_charge, watched)
    _update(fixed_charge, fields, now, is_in_use=is_in_use, cascades=bool(fields.get("cascade_updates")))
    changes = activity.differences(before, fixed_charge)
    activity.record("fixed_charge.updated", fixed_charge, now=now, changes=changes)
    return fixed_charge


@transaction.atomic
def delete(fixed_charge: FixedCharge, *, now: datetime, cascades: bool = False) -> FixedCharge:
    """Take a fixed charge off its plan, and with `cascades` off the plans made from it; what was billed stays."""
    fixed_charge = FixedCharge.objects.lock(fixed_charge.pk)
    _discard(fixed_charge, now, cascades=cascades)
    activity.record("fixed_charge.deleted", fixed_charge, now=now)
    return fixed_charge


def copy(
    fixed_charge: FixedCharge, plan: Plan, *, now: datetime, subscription: Subscription | None = None
) -> FixedCharge:
    """Return a new fixed charge of another plan, made from this one, with the units that a subscriber has had."""
    shared = fixed_charge.parent or fixed_charge
    made = FixedCharge(plan=plan, parent=shared, created_at=now, updated_at=now)
    copied = ("add_on_id", "code", "invoice_display_name", "charge_model", "properties", "units", "pay_in_advance",
              "prorated")  # fmt: skip
    for name in copied:
        setattr(made, name, getattr(fixed_charge, name))
    made.save(force_insert=True)
    made.taxes.set(fixed_charge.taxes.all())
    fixed_charge_units.copy(fixed_charge, made, subscription=subscription)
    return made


def _create(plan: Plan, item: Mapping[str, Any], now: datetime, *, cascades: bool) -> FixedCharge:
    add_on = _add_on(item)
    if not item.get("charge_model"):
        raise invalid("charge_model", "value_is_mandatory")
    fixed_charge = FixedCharge(plan=plan, add_on=add_on, created_at=now, updated_at=now)
    fixed_charge.charge_model = item["charge_model"]
    fixed_charge.pay_in_advance, fixed_charge.prorated = bool(item.get("pay_in_advance")), bool(item.get("prorated"))
    fixed_charge.units = item.get("units") or Decimal(0)
    fixed_charge.code = item.get("code") or _free_code(plan, add_on.code)
    fixed_charge.properties = _properties(fixed_charge.charge_model, item)
    _check(fixed_charge)
    fixed_charge.invoice_display_name = item.get("invoice_display_name") or ""
    fixed_charge.save(force_insert=True)
    _set_taxes(fixed_charge, item)
    fixed_charge_units.change(fixed_charge, fixed_charge.units, now=now, at_once=bool(item.get(AT_ONCE)))
    for child in plan.children.filter(deleted_at=None).order_by("pk") if cascades else ():
        if not child.fixed_charges.filter(deleted_at=None, code=fixed_charge.code).exists():
            copy(fixed_charge, child, now=now)
    return fixed_charge


def _update(
    fixed_charge: FixedCharge, item: Mapping[str, Any], now: datetime, *, is_in_use: bool, cascades: bool
) -> None:
    before = activity.snapshot(fixed_charge, CASCADED)
    if not is_in_use:
        fixed_charge.charge_model = item.get("charge_model") or fixed_charge.charge_model
        fixed_charge.code = item.get("code") or fixed_charge.code
    if item.get("properties") is not None:
        fixed_charge.properties = _properties(fixed_charge.charge_model, item)
    if "invoice_display_name" in item:
        fixed_charge.invoice_display_name = item["invoice_display_name"] or ""
    _check(fixed_charge)
    _change_units(fixed_charge, item.get("units"), now, at_once=bool(item.get(AT_ONCE)))
    fixed_charge.updated_at = now
    fixed_charge.save()
    _set_taxes(fixed_charge, item)
    if cascades:
        _cascade(fixed_charge, before, now, at_once=bool(item.get(AT_ONCE)))


def _change_units(fixed_charge: FixedCharge, units: Decimal | None, now: datetime, *, at_once: bool) -> None:
    """On a plan of one subscription the same units said again at once leave an invoice of nothing, as in Lago."""
    is_repeated = at_once and fixed_charge.plan.parent_id is not None
    if units is not None and (units != fixed_charge.units or is_repeated):
        fixed_charge.units = units
        fixed_charge_units.change(fixed_charge, units, now=now, at_once=at_once)


def _cascade(fixed_charge: FixedCharge, before: Mapping[str, Any], now: datetime, *, at_once: bool) -> None:
    """Change what was made from a fixed charge in the same way, each field where it still was the same."""
    children = fixed_charge.children.filter(deleted_at=None, charge_model=fixed_charge.charge_model)
    for child in children.select_related("plan").order_by("pk"):
        for name in ("code", "properties"):
            if getattr(child, name) == before[name]:
                setattr(child, name, getattr(fixed_charge, name))
        if child.units == before["units"] != fixed_charge.units:
            child.units = fixed_charge.units
            fixed_charge_units.change(child, child.units, now=now, at_once=at_once)
        child.updated_at = now
        child.save()


def _discard(fixed_charge: FixedCharge, now: datetime, *, cascades: bool) -> None:
    going = FixedCharge.objects.filter(pk=fixed_charge.pk)
    if cascades:
        going |= FixedCharge.objects.live().filter(parent=fixed_charge)
    going.update(deleted_at=now, updated_at=now)
    fixed_charge.deleted_at = fixed_charge.updated_at = now


def _add_on(item: Mapping[str, Any]) -> AddOn:
    lookup = {"lago_id": item.get("add_on_id")} if item.get("add_on_id") else {"code": item.get("add_on_code") or ""}
    add_on: AddOn | None = AddOn.objects.live().filter(**lookup).first()
    if add_on is None:
        raise NotFound("add_on")
    return add_on


def _properties(model: str, item: Mapping[str, Any]) -> dict[str, Any]:
    given = item.get("properties") or {}
    return charge_rules.read_properties(model, {key: given[key] for key in CHARGE_MODELS[model].keys if key in given})


def _check(fixed_charge: FixedCharge) -> None:
    errors = {}
    if fixed_charge.pay_in_advance and fixed_charge.charge_model == FixedCharge.Model.VOLUME:
        errors["pay_in_advance"] = ["invalid_charge_model"]
    is_graduated = fixed_charge.charge_model == FixedCharge.Model.GRADUATED
    if fixed_charge.prorated and fixed_charge.pay_in_advance and is_graduated:
        errors["prorated"] = ["invalid_charge_model"]
    same = FixedCharge.objects.live().filter(plan=fixed_charge.plan_id, code=fixed_charge.code)
    if same.exclude(pk=fixed_charge.pk).exists():
        errors["code"] = ["value_already_exist"]
    if errors:
        raise Invalid(errors)


def _free_code(plan: Plan, wanted: str) -> str:
    """Return the add-on's code, numbered if the plan has it already."""
    taken = set(plan.fixed_charges.filter(deleted_at=None).values_list("code", flat=True))
    return charges.numbered(wanted, taken)


def _set_taxes(fixed_charge: FixedCharge, item: Mapping[str, Any]) -> None:
    if item.get("tax_codes") is not None:
        fixed_charge.taxes.set(tax_selectors.by_codes(item["tax_codes"]))
