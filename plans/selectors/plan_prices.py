"""The prices of a plan as they are given for one subscription alone: what `plan_overrides` names, as it stands now."""

from collections.abc import Mapping
from typing import Any

from plans.models import Charge, FixedCharge, Plan
from plans.selectors.charges import live_filters, with_prices

NAMED = ("properties", "min_amount_cents")


def as_they_stand(plan: Plan, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the plan's prices that these overrides would change; what the plan lacks is left out."""
    found: dict[str, Any] = {}
    if overrides.get("amount_cents") is not None:
        found["amount_cents"] = plan.amount_cents
    asked = {item["code"]: item for item in overrides.get("charges") or ()}
    charges = with_prices(Charge.objects.live().filter(plan=plan, code__in=asked)) if asked else ()
    if items := [_charge(charge, asked[charge.code]) for charge in charges]:
        found["charges"] = items
    asked = {item["code"]: item for item in overrides.get("fixed_charges") or ()}
    fixed = FixedCharge.objects.live().filter(plan=plan, code__in=asked).order_by("pk") if asked else ()
    if items := [{"code": row.code, "properties": row.properties} for row in fixed]:
        found["fixed_charges"] = items
    return found


def _charge(charge: Charge, asked: Mapping[str, Any]) -> dict[str, Any]:
    item = {"code": charge.code} | {name: getattr(charge, name) for name in NAMED if name in asked}
    if "filters" in asked:
        item["filters"] = [
            {"values": row.values, "invoice_display_name": row.invoice_display_name, "properties": row.properties}
            for row in live_filters(charge)
        ]
    return item
