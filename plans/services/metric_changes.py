"""
What a change of a metric does to the charges that price it.

| the metric | its charges |
|---|---|
| loses a value of a filter | their filters lose it; one without any value left goes |
| loses a filter | the same, for all values of that property |
| is deleted | go |
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from metering.models import BillableMetric
from plans.calculations.charge_filters import ALL_VALUES
from plans.models import ChargeFilter, Plan
from plans.services import charge_cascade, charge_filters


@transaction.atomic
def follow(metric: BillableMetric, *, now: datetime) -> None:
    """Bring the charges of a metric in line with it."""
    charges = metric.charges.filter(deleted_at=None)  # type: ignore[attr-defined]
    plans = {plan.pk: plan for plan in Plan.objects.filter(charges__in=charges).order_by("pk").select_for_update()}
    if metric.deleted_at is not None:
        gone = list(charges.order_by("pk"))
        charge_cascade.discard(gone, now=now)
        changed = {charge.plan_id for charge in gone}
    else:
        changed = _follow_filters(metric, now)
    for plan in sorted(changed):
        activity.record("plan.updated", plans[plan], now=now, details={"billable_metric": metric.code})


def _follow_filters(metric: BillableMetric, now: datetime) -> set[int]:
    known = {row.key: row.values for row in metric.filters.all()}
    rows = ChargeFilter.objects.live().filter(charge__billable_metric=metric, charge__deleted_at=None)
    changed = set()
    for row in rows.select_related("charge").order_by("pk"):
        left = _known_values(row.values, known)
        if left == row.values:
            continue
        changed.add(row.charge.plan_id)
        if not left:
            charge_filters.discard(row, now)
            continue
        row.values, row.updated_at = left, now
        row.save(update_fields=["values", "updated_at"])
    return changed


def _known_values(values: Mapping[str, Sequence[str]], known: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    left = {
        key: [value for value in allowed if value in known[key] or value == ALL_VALUES]
        for key, allowed in values.items()
        if key in known
    }
    return {key: allowed for key, allowed in left.items() if allowed}
