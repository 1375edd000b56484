"""The charges of a plan: what may be priced how. Codes of refusals are Lago's (table 1.6)."""

import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

import msgspec

from billing_site.core.errors import Invalid, NotFound, invalid
from customers.selectors import taxes as tax_selectors
from metering.models import BillableMetric
from plans.calculations import charge_models
from plans.models import Charge, Plan

# A bound such as 1.5 came in as a Decimal and is stored as the number it is.
_as_numbers = msgspec.json.Encoder(decimal_format="number")

# Read and refused, rather than silently billed wrongly: they come with the rest of rating.
NOT_YET = ("filters", "prorated", "pay_in_advance", "min_amount_cents", "accepts_target_wallet", "applied_pricing_unit")


def replace(plan: Plan, items: Sequence[Mapping[str, Any]], *, now: datetime, is_in_use: bool) -> None:
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
        kept[mark].deleted_at = kept[mark].updated_at = now
        kept[mark].save(update_fields=["deleted_at", "updated_at"])
    for item in items:
        charge = kept.get(str(item.get("id")))
        if charge is None:
            _create(plan, item, now)
        else:
            _update(charge, item, now, is_in_use=is_in_use)


def _create(plan: Plan, item: Mapping[str, Any], now: datetime) -> Charge:
    wanted: Any = item.get("billable_metric_id")
    metric = BillableMetric.objects.live().filter(lago_id=wanted).first() if wanted else None
    if metric is None:
        raise NotFound("billable_metrics")
    charge = Charge(plan=plan, billable_metric=metric, created_at=now, updated_at=now)
    charge.charge_model = item["charge_model"]
    charge.code = item.get("code") or _free_code(plan, metric.code)
    if plan.charges.filter(deleted_at=None, code=charge.code).exists():
        raise invalid("code", "value_already_exist")
    _check(charge, item)
    charge.invoice_display_name = item.get("invoice_display_name") or ""
    charge.properties = read_properties(charge.charge_model, item.get("properties"))
    charge.save(force_insert=True)
    _set_taxes(charge, item)
    return charge


def _update(charge: Charge, item: Mapping[str, Any], now: datetime, *, is_in_use: bool) -> None:
    if not is_in_use and item.get("charge_model"):
        charge.charge_model = item["charge_model"]
    _check(charge, item)
    if "invoice_display_name" in item:
        charge.invoice_display_name = item["invoice_display_name"] or ""
    if item.get("properties") is not None:
        charge.properties = read_properties(charge.charge_model, item["properties"])
    charge.updated_at = now
    charge.save()
    _set_taxes(charge, item)


def read_properties(model: str, raw: Mapping[str, Any] | None) -> dict[str, Any]:
    """
    Return the properties to be stored: what the model knows of them, or its defaults if there are none.

    :raises Invalid: with the codes under `properties`
    """
    properties = charge_models.known_properties(model, raw or {}) or charge_models.default_properties(model)
    try:
        charge_models.parse_properties(model, properties)
    except charge_models.InvalidProperties as error:
        raise Invalid({"properties": error.codes}) from error
    stored: dict[str, Any] = json.loads(_as_numbers.encode(properties))
    return stored


def _check(charge: Charge, item: Mapping[str, Any]) -> None:
    errors = {name: ["not_supported_yet"] for name in NOT_YET if item.get(name)}
    if item.get("invoiceable") is False:
        errors["invoiceable"] = ["must_be_true_unless_pay_in_advance"]
    if item.get("regroup_paid_fees"):
        errors["regroup_paid_fees"] = ["only_compatible_with_pay_in_advance_and_non_invoiceable"]
    sums = charge.billable_metric.aggregation_type == BillableMetric.Aggregation.SUM
    if charge.charge_model == Charge.Model.DYNAMIC and not sums:
        errors["charge_model"] = ["invalid_aggregation_type_or_charge_model"]
    if errors:
        raise Invalid(errors)


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
