"""Add-ons: things that are sold by themselves or with a plan. What was invoiced keeps its copies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import invalid
from customers.selectors import taxes as tax_selectors
from plans.models import AddOn

FIELDS = ("code", "name", "invoice_display_name", "description", "amount_cents", "amount_currency")


@transaction.atomic
def create(*, now: datetime, **fields: Any) -> AddOn:
    """
    Make an add-on.

    :raises Invalid: if the code is taken
    :raises NotFound: if a tax is unknown
    """
    add_on = AddOn(created_at=now, updated_at=now)
    _write(add_on, fields)
    add_on.save(force_insert=True)
    _set_taxes(add_on, fields)
    activity.record("add_on.created", add_on, now=now)
    return add_on


@transaction.atomic
def update(add_on: AddOn, *, now: datetime, **fields: Any) -> AddOn:
    """
    Change what is given.

    :raises Invalid: if the code is taken
    :raises NotFound: if a tax is unknown
    """
    add_on = AddOn.objects.lock(add_on.pk)
    before = activity.snapshot(add_on, FIELDS)
    _write(add_on, fields)
    add_on.updated_at = now
    add_on.save()
    _set_taxes(add_on, fields)
    activity.record("add_on.updated", add_on, now=now, changes=activity.differences(before, add_on))
    return add_on


@transaction.atomic
def delete(add_on: AddOn, *, now: datetime) -> AddOn:
    """Take an add-on out of sale; plans that have it keep it."""
    add_on = AddOn.objects.lock(add_on.pk)
    add_on.deleted_at = add_on.updated_at = now
    add_on.save(update_fields=["deleted_at", "updated_at"])
    activity.record("add_on.deleted", add_on, now=now)
    return add_on


def _write(add_on: AddOn, fields: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in fields:
            setattr(add_on, name, "" if fields[name] is None else fields[name])
    if AddOn.objects.live().filter(code=add_on.code).exclude(pk=add_on.pk).exists():
        raise invalid("code", "value_already_exist")


def _set_taxes(add_on: AddOn, fields: Mapping[str, Any]) -> None:
    if fields.get("tax_codes") is not None:
        add_on.taxes.set(tax_selectors.by_codes(fields["tax_codes"]))
