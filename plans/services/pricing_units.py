"""Pricing units: made and described. What one is worth is said where a charge is priced in it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import invalid
from plans.models import PricingUnit

FIELDS = ("name", "short_name", "description")


@transaction.atomic
def create(*, code: str, now: datetime, **fields: Any) -> PricingUnit:
    """
    Make a unit.

    :raises Invalid: if the code is taken
    """
    if PricingUnit.objects.filter(code=code).exists():
        raise invalid("code", "value_already_exist")
    unit = PricingUnit(code=code, created_at=now, updated_at=now)
    _write(unit, fields)
    unit.save(force_insert=True)
    activity.record("pricing_unit.created", unit, now=now)
    return unit


@transaction.atomic
def update(unit: PricingUnit, *, now: datetime, **fields: Any) -> PricingUnit:
    """Change how a unit is called; fees keep what they printed."""
    unit = PricingUnit.objects.lock(unit.pk)
    before = activity.snapshot(unit, FIELDS)
    _write(unit, fields)
    unit.updated_at = now
    unit.save()
    activity.record("pricing_unit.updated", unit, now=now, changes=activity.differences(before, unit))
    return unit


def _write(unit: PricingUnit, fields: dict[str, Any]) -> None:
    for name in FIELDS:
        if name in fields:
            setattr(unit, name, fields[name] or "")
