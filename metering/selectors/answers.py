"""From a row of figures to an answer: divided by days or seconds, and rounded as the metric says."""

import json
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from billing_site.core.money import exact
from metering.calculations.rounding import rounded_units
from metering.selectors.questions import Usage, UsageQuery

SECONDS_A_DAY = 86_400
# Decimals that are kept, rounded up, before the metric's own rounding (Lago rule M8).
PRORATED, WEIGHTED = 5, 20


def answered(query: UsageQuery, row: Mapping[str, Any]) -> Usage:
    """Return the answer that a row of `statements.COLUMNS` gives to a question."""
    units, full_units = _units(query, row)
    days = query.full_days
    event_units = row["event_units"]
    return Usage(
        units=rounded_by_metric(query, units),
        events_count=row["events"],
        precise_total_amount_cents=row["prices"],
        event_values=_values(query, row),
        grouped_by=group_of(row["grouped_by"]),
        full_units=None if full_units is None else rounded_by_metric(query, full_units),
        prorated_values=_prorated_values(query, row),
        total_units=rounded_by_metric(query, row["total"]),
        event_units=share(event_units, row["event_weight"], days) if query.prorated else event_units,
        event_full_units=event_units if query.prorated else None,
        event_added=row["event_added"],
    )


@exact
def share(units: Decimal | None, weight: Decimal | int | None, days: int, decimals: int = PRORATED) -> Decimal | None:
    """Return the part of units that some of the days make, rounded up (Lago rules M58, M62 and M63)."""
    if units is None or weight is None:
        return units
    return rounded_up(units * weight / days, decimals)


@exact
def rounded_up(units: Decimal, decimals: int) -> Decimal:
    """Return units with so many decimals, rounded up; plainly written where they are whole."""
    return units.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_CEILING).normalize() + 0


@exact
def _units(query: UsageQuery, row: Mapping[str, Any]) -> tuple[Decimal, Decimal | None]:
    """Return the units that are priced, and the full ones where days weigh."""
    total: Decimal = row["total"] if row["peak"] is None else row["peak"]
    if query.metric.aggregation_type == "weighted_sum_agg":
        return rounded_up(row["weighted"] / (query.full_days * SECONDS_A_DAY), WEIGHTED), None
    if query.prorated:
        return rounded_up((row["weighted"] or Decimal(0)) / query.full_days, PRORATED), total
    return total, None


def rounded_by_metric(query: UsageQuery, units: Decimal) -> Decimal:
    """Round as the metric says; what a single event is paid for stays as it is (table 1.2)."""
    if query.event:
        return units
    return rounded_units(units, query.metric.rounding_function or None, query.metric.rounding_precision or 0)


def _values(query: UsageQuery, row: Mapping[str, Any]) -> tuple[Decimal, ...]:
    if not query.with_values:
        return ()
    if row["values"] is None and query.metric.aggregation_type in ("count_agg", "unique_count_agg"):
        count: int = row["events"]
        return (Decimal(1),) * count
    return tuple(row["values"] or ())


@exact
def _prorated_values(query: UsageQuery, row: Mapping[str, Any]) -> tuple[Decimal, ...]:
    if not query.with_values or row["weights"] is None:
        return ()
    values: list[Decimal] = row["values"] or []
    weights: list[int] = row["weights"]
    return tuple(value * weight / query.full_days for value, weight in zip(values, weights, strict=True))


def group_of(group: Any) -> dict[str, str]:
    """Return the values of the group keys, as PostgreSQL told them."""
    if group is None:
        return {}
    return dict(json.loads(group) if isinstance(group, str) else group)
