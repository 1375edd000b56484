"""Charges with their filters, read."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from metering.models import BillableMetric
from plans.models import Charge, ChargeFilter
from plans.selectors.taxes import live_taxes


def shown(prefix: str) -> tuple[str, ...]:
    """Return what showing charges reads, as names to prefetch; `prefix` leads to them ("plan__charges__")."""
    names = ("billable_metric__filters", "parent", "pricing_unit", "filters", "taxes__billing_entities")
    return tuple(prefix + name for name in names)


def with_prices(charges: "QuerySet[Any]") -> "QuerySet[Any]":
    """Return the charges with all that pricing them reads, oldest first."""
    live = ChargeFilter.objects.live().order_by("pk")
    related = ("billable_metric__filters", "taxes", live_taxes(), Prefetch("filters", live))
    found: QuerySet[Any] = charges.select_related("billable_metric", "pricing_unit", "parent")
    return found.prefetch_related(*related).order_by("pk")


def live_filters(charge: Charge) -> list[ChargeFilter]:
    """Return the filters of a charge that have not been deleted, oldest first (as they were read, if they were)."""
    read: list[ChargeFilter] | None = charge.__dict__.get("live_filters")
    if read is not None:
        return read
    return sorted((row for row in charge.filters.all() if row.deleted_at is None), key=lambda row: row.pk)


def known_values(metric: BillableMetric) -> dict[str, list[str]]:
    """Return the values that a metric knows of each property (as they were read, if they were)."""
    read: dict[str, list[str]] | None = metric.__dict__.get("known_values")
    return {row.key: row.values for row in metric.filters.all()} if read is None else read
