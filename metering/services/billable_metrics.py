"""Billable metrics. Once a plan charges for one, only what cannot change past units may change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid
from metering.models import BillableMetric, BillableMetricFilter
from metering.services import metric_rules

FIELDS_IN_USE = ("name", "description")
FIELDS = (
    *FIELDS_IN_USE, "code", "aggregation_type", "field_name", "recurring", "weighted_interval", "expression",
    "rounding_function", "rounding_precision", "custom_aggregator",
)  # fmt: skip
# What a null stands for.
EMPTY: Mapping[str, Any] = {"rounding_precision": None, "recurring": False, "custom_aggregator": {}}


@transaction.atomic
def create(*, now: datetime, filters: Sequence[Mapping[str, Any]] = (), **fields: Any) -> BillableMetric:
    """
    Make a metric.

    :raises Invalid: if the code is taken, or it cannot be measured like this (`metric_rules`)
    """
    metric = BillableMetric(created_at=now, updated_at=now)
    _write(metric, fields, FIELDS)
    metric.save(force_insert=True)
    _set_filters(metric, filters, now)
    activity.record("billable_metric.created", metric, now=now)
    return metric


@transaction.atomic
def update(metric: BillableMetric, *, now: datetime, **fields: Any) -> BillableMetric:
    """
    Change what is given; of a metric that a plan charges for, only name, description and filters (table 1.2).

    :raises Invalid: if the code is taken, or it cannot be measured like this (`metric_rules`)
    """
    metric = BillableMetric.objects.lock(metric.pk)
    before = activity.snapshot(metric, FIELDS)
    _write(metric, fields, FIELDS_IN_USE if is_in_use(metric) else FIELDS)
    metric.updated_at = now
    metric.save()
    if fields.get("filters") is not None:
        _set_filters(metric, fields["filters"], now)
    activity.record("billable_metric.updated", metric, now=now, changes=activity.differences(before, metric))
    return metric


@transaction.atomic
def delete(metric: BillableMetric, *, now: datetime) -> BillableMetric:
    """Take a metric out of use; what was billed of it stays, and its events are put aside (`retirement`)."""
    metric = BillableMetric.objects.lock(metric.pk)
    metric.deleted_at = metric.updated_at = now
    metric.save(update_fields=["deleted_at", "updated_at"])
    activity.record("billable_metric.deleted", metric, now=now)
    return metric


def is_in_use(metric: BillableMetric) -> bool:
    """Test if a plan charges for this metric."""
    charges: Any = getattr(metric, "charges", None)
    return bool(charges is not None and charges.filter(deleted_at=None).exists())


def _write(metric: BillableMetric, fields: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for name in allowed:
        if name in fields:
            value = fields[name]
            setattr(metric, name, EMPTY.get(name, "") if value is None else value)
    metric_rules.tidy(metric)
    metric_rules.check(metric)


def _set_filters(metric: BillableMetric, filters: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Make the filters these and no others."""
    if len({item["key"] for item in filters}) != len(filters):
        raise Invalid({"filters": ["value_already_exist"]})
    metric.filters.exclude(key__in=[item["key"] for item in filters]).delete()
    kept = {row.key: row for row in metric.filters.all()}
    for item in filters:
        row = kept.get(item["key"]) or BillableMetricFilter(billable_metric=metric, key=item["key"], created_at=now)
        row.values, row.updated_at = list(dict.fromkeys(item["values"])), now
        row.save()
