"""Charges as they were at a moment gone by: those there were, at their prices of then."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from plans.models import Charge, ChargeFilter, FormerPrice
from plans.selectors.taxes import live_taxes

R = TypeVar("R", Charge, ChargeFilter)
PlanThen = tuple[int, datetime]
_OF_CHARGE = ("charge_model", "properties", "pay_in_advance", "prorated", "min_amount_cents", "conversion_rate")
_OF_FILTER = ("properties", "values")


def charges_then(asked: Iterable[PlanThen]) -> dict[PlanThen, list[Charge]]:
    """
    Return by plan (key) and moment the charges that it had then, with all that pricing them reads.

    They are copies that are not to be saved. The number of queries does not depend on how many are asked for.
    """
    wanted = set(asked)
    plans = {plan for plan, _ in wanted}
    related = ("billable_metric__filters", "taxes", live_taxes(), "filters")
    rows = Charge.objects.filter(plan_id__in=plans).select_related("billable_metric", "pricing_unit", "parent")
    by_plan: dict[int, list[Charge]] = {}
    for charge in rows.prefetch_related(*related).order_by("pk"):
        by_plan.setdefault(charge.plan_id, []).append(charge)
    former = _former(plans)
    return {
        (plan, moment): [
            _charge_then(charge, moment, former) for charge in by_plan.get(plan, ()) if _was_there(charge, moment)
        ]
        for plan, moment in wanted
    }


Former = Mapping[tuple[int, int | None], Sequence[FormerPrice]]


def _former(plans: Iterable[int]) -> Former:
    found: dict[tuple[int, int | None], list[FormerPrice]] = {}
    for row in FormerPrice.objects.filter(charge__plan_id__in=plans).order_by("until", "pk"):
        found.setdefault((row.charge_id, row.charge_filter_id), []).append(row)
    return found


def _was_there(row: Charge | ChargeFilter, moment: datetime) -> bool:
    return row.created_at <= moment and (row.deleted_at is None or row.deleted_at > moment)


def _charge_then(charge: Charge, moment: datetime, former: Former) -> Charge:
    then = _as_it_was(charge, former.get((charge.pk, None), ()), moment, _OF_CHARGE)
    filters = sorted(charge.filters.all(), key=lambda row: row.pk)
    then.__dict__["live_filters"] = [
        _as_it_was(row, former.get((charge.pk, row.pk), ()), moment, _OF_FILTER)
        for row in filters
        if _was_there(row, moment)
    ]
    return then


def _as_it_was(row: R, former: Sequence[FormerPrice], moment: datetime, names: Iterable[str]) -> R:
    then = copy.copy(row)
    before = next((item for item in former if item.until > moment), None)
    for name in names if before else ():
        value = before.terms[name] if before else None
        setattr(then, name, Decimal(str(value)) if name == "conversion_rate" and value is not None else value)
    return then
