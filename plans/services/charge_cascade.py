"""
What a change of a plan's charge does to the charges that were made from it for single customers.

| in the plan | in a charge made from it |
|---|---|
| prices change | the same, if it still had the old ones |
| a filter is added | added, if it has none of the same values |
| a filter's prices change | the same, if it still had the old ones |
| a filter goes | its filter of the same values goes |
| a charge is added or goes | added to each plan made from this one, or goes |
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plans.models import Charge, ChargeFilter
from plans.selectors.charges import live_filters, with_prices

FilterKey = frozenset[tuple[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Picture:
    """The prices of a charge and of its filters at a moment."""

    charge_model: str
    properties: dict[str, Any]
    filters: dict[FilterKey, dict[str, Any]]


def picture(charge: Charge) -> Picture:
    """Return the prices as they stand in the database."""
    filters = {_key(row): row.properties for row in reversed(_filters(charge))}
    return Picture(charge.charge_model, charge.properties, filters)


def follow(charge: Charge, before: Picture, *, now: datetime) -> None:
    """Carry what has changed since `before` to the charges made from this one."""
    after = {_key(row): row for row in reversed(_filters(charge))}
    for child in with_prices(charge.children.filter(deleted_at=None)):
        if child.properties == before.properties and child.charge_model == before.charge_model:
            child.charge_model, child.properties = charge.charge_model, charge.properties
            child.updated_at = now
            child.save(update_fields=["charge_model", "properties", "updated_at"])
        _follow_filters(child, before, after, now)


def discard(charges: Iterable[Charge], *, now: datetime) -> None:
    """Mark charges as deleted."""
    for charge in charges:
        charge.deleted_at = charge.updated_at = now
        charge.save(update_fields=["deleted_at", "updated_at"])


def copy(charge: Charge, plan: Any, *, now: datetime) -> Charge:
    """Return a new charge of another plan, made from this one with its filters and taxes; the shared one is parent."""
    names = [field.attname for field in Charge._meta.local_concrete_fields]
    own = {"id", "lago_id", "plan_id", "parent_id", "created_at", "updated_at", "deleted_at"}
    made = Charge(plan=plan, parent=charge.parent or charge, created_at=now, updated_at=now)
    for name in set(names) - own:
        setattr(made, name, getattr(charge, name))
    made.save(force_insert=True)
    made.taxes.set(charge.taxes.all())
    for row in live_filters(charge):
        _copy_filter(row, made, now)
    return made


def _follow_filters(child: Charge, before: Picture, after: dict[FilterKey, ChargeFilter], now: datetime) -> None:
    own = {_key(row): row for row in reversed(live_filters(child))}
    for key, row in after.items():
        mine = own.get(key)
        if mine is None and key not in before.filters:
            _copy_filter(row, child, now)
        elif mine is not None and mine.properties == before.filters.get(key):
            mine.properties, mine.invoice_display_name, mine.updated_at = row.properties, row.invoice_display_name, now
            mine.save(update_fields=["properties", "invoice_display_name", "updated_at"])
    for key in before.filters.keys() - after.keys():
        if key in own:
            own[key].deleted_at = own[key].updated_at = now
            own[key].save(update_fields=["deleted_at", "updated_at"])


def _copy_filter(row: ChargeFilter, charge: Charge, now: datetime) -> None:
    ChargeFilter.objects.create(
        charge=charge,
        invoice_display_name=row.invoice_display_name,
        properties=row.properties,
        values=row.values,
        created_at=now,
        updated_at=now,
    )


def _filters(charge: Charge) -> list[ChargeFilter]:
    return list(ChargeFilter.objects.live().filter(charge=charge).order_by("pk"))


def _key(row: ChargeFilter) -> FilterKey:
    return frozenset((name, frozenset(values)) for name, values in row.values.items())
