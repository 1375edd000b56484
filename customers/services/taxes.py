"""Tax rates. Fees keep copies, so none of this changes what was invoiced."""

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import invalid
from customers.models import BillingEntity, Tax

FIELDS = ("code", "name", "rate", "description")


@transaction.atomic
def create(*, now: datetime, applied_to_organization: bool = False, **fields: Any) -> Tax:
    """
    Make a tax, and put it on the default billing entity if it applies to the organization.

    :raises Invalid: if the code is taken
    """
    tax = Tax(created_at=now, updated_at=now)
    _write(tax, fields)
    tax.save(force_insert=True)
    _apply(tax, applied_to_organization)
    activity.record("tax.created", tax, now=now)
    return tax


@transaction.atomic
def update(tax: Tax, *, now: datetime, applied_to_organization: bool | None = None, **fields: Any) -> Tax:
    """
    Change what is given.

    :raises Invalid: if the code is taken
    """
    tax = Tax.objects.lock(tax.pk)
    before = activity.snapshot(tax, FIELDS)
    _write(tax, fields)
    tax.updated_at = now
    tax.save()
    if applied_to_organization is not None:
        _apply(tax, applied_to_organization)
    activity.record("tax.updated", tax, now=now, changes=activity.differences(before, tax))
    return tax


@transaction.atomic
def delete(tax: Tax, *, now: datetime) -> Tax:
    """Take a tax out of use, everywhere."""
    tax = Tax.objects.lock(tax.pk)
    tax.deleted_at = tax.updated_at = now
    tax.save(update_fields=["deleted_at", "updated_at"])
    for relation in (tax.billing_entities, tax.customers, *_upper_relations(tax)):
        relation.clear()
    activity.record("tax.deleted", tax, now=now)
    return tax


def _upper_relations(tax: Tax) -> list[Any]:
    """The floors above point here; which they are, only the registry of models knows."""
    names = [str(relation.get_accessor_name()) for relation in tax._meta.related_objects if relation.many_to_many]
    return [getattr(tax, name) for name in names if name not in ("billing_entities", "customers")]


def _write(tax: Tax, fields: dict[str, Any]) -> None:
    code = fields.get("code", tax.code)
    if Tax.objects.live().filter(code=code).exclude(pk=tax.pk).exists():
        raise invalid("code", "value_already_exist")
    for name in FIELDS:
        if name in fields:
            setattr(tax, name, fields[name] if fields[name] is not None else "")


def _apply(tax: Tax, applies: bool) -> None:  # noqa: FBT001 - the API's own flag
    entity = BillingEntity.objects.get(is_default=True)
    if applies:
        entity.taxes.add(tax)
    else:
        entity.taxes.remove(tax)
