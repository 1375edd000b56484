"""Texts that invoices print. Final invoices keep copies, so none of this changes what was issued."""

from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import invalid
from customers.models import InvoiceCustomSection

FIELDS = ("code", "name", "description", "display_name", "details")


@transaction.atomic
def create(*, now: datetime, **fields: Any) -> InvoiceCustomSection:
    """
    Make a section.

    :raises Invalid: if the code is taken
    """
    section = InvoiceCustomSection(created_at=now, updated_at=now)
    _write(section, fields)
    section.save(force_insert=True)
    activity.record("invoice_custom_section.created", section, now=now)
    return section


@transaction.atomic
def update(section: InvoiceCustomSection, *, now: datetime, **fields: Any) -> InvoiceCustomSection:
    """
    Change what is given.

    :raises Invalid: if the code is taken
    """
    section = InvoiceCustomSection.objects.lock(section.pk)
    before = activity.snapshot(section, FIELDS)
    _write(section, fields)
    section.updated_at = now
    section.save()
    changes = activity.differences(before, section)
    activity.record("invoice_custom_section.updated", section, now=now, changes=changes)
    return section


@transaction.atomic
def delete(section: InvoiceCustomSection, *, now: datetime) -> InvoiceCustomSection:
    """Take a section out of use."""
    section = InvoiceCustomSection.objects.lock(section.pk)
    section.deleted_at = section.updated_at = now
    section.save(update_fields=["deleted_at", "updated_at"])
    activity.record("invoice_custom_section.deleted", section, now=now)
    return section


def _write(section: InvoiceCustomSection, fields: dict[str, Any]) -> None:
    code = fields.get("code", section.code)
    if InvoiceCustomSection.objects.live().filter(code=code).exclude(pk=section.pk).exists():
        raise invalid("code", "value_already_exist")
    for name in FIELDS:
        if name in fields:
            setattr(section, name, fields[name] if fields[name] is not None else "")
