"""The legal persons that sell."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import invalid
from customers.models import BillingEntity
from customers.selectors import custom_sections
from customers.selectors import taxes as tax_selectors
from customers.services import eu_taxes

FIELDS = (
    "name", "legal_name", "legal_number", "tax_identification_number", "email", "phone", "logo",
    "address_line1", "address_line2", "zipcode", "city", "state", "country",
    "default_currency", "timezone", "document_locale", "document_numbering", "document_number_prefix",
    "finalize_zero_amount_invoice", "invoice_grace_period", "net_payment_term",
    "subscription_invoice_issuing_date_anchor", "subscription_invoice_issuing_date_adjustment",
    "late_usage", "payment_instructions", "invoice_footer", "email_settings", "einvoicing", "eu_tax_management",
)  # fmt: skip


def default_prefix(name: str, mark: uuid.UUID) -> str:
    """Return the prefix of numbers that a name gives: "ACM-9F2C" (Lago rule M130)."""
    return f"{name[:3].upper()}-{mark.hex[-4:].upper()}"


@transaction.atomic
def create(*, code: str, name: str, now: datetime, is_default: bool = False, **fields: Any) -> BillingEntity:
    """
    Make a billing entity.

    :raises Invalid: if the code is taken, a tax is unknown, or it is to follow the EU's rules from outside of it
    """
    if BillingEntity.objects.filter(code=code).exists():
        raise invalid("code", "value_already_exist")
    mark = uuid.uuid4()
    entity = BillingEntity(lago_id=mark, code=code, name=name, is_default=is_default, created_at=now, updated_at=now)
    entity.document_number_prefix = default_prefix(name, mark)
    entity.email_settings = ["invoice.finalized", "credit_note.created"]
    _write(entity, fields)
    entity.save(force_insert=True)
    eu_taxes.manage(entity, now=now)
    _set_related(entity, fields)
    activity.record("billing_entity.created", entity, now=now)
    return entity


@transaction.atomic
def update(entity: BillingEntity, *, now: datetime, **fields: Any) -> BillingEntity:
    """
    Change what is given and leave the rest; past documents keep their copies.

    :raises Invalid: if it is to follow the EU's rules from outside of it
    """
    entity = BillingEntity.objects.lock(entity.pk)
    before = activity.snapshot(entity, FIELDS)
    _write(entity, fields)
    entity.updated_at = now
    entity.save()
    eu_taxes.manage(entity, now=now)
    _set_related(entity, fields)
    activity.record("billing_entity.updated", entity, now=now, changes=activity.differences(before, entity))
    return entity


def _write(entity: BillingEntity, fields: dict[str, Any]) -> None:
    for name in FIELDS:
        if name in fields and fields[name] is not None:
            setattr(entity, name, fields[name])
    entity.document_number_prefix = entity.document_number_prefix.upper()


def _set_related(entity: BillingEntity, fields: dict[str, Any]) -> None:
    if fields.get("tax_codes") is not None:
        entity.taxes.set(tax_selectors.by_codes(fields["tax_codes"]))
    if fields.get("invoice_custom_section_codes") is not None:
        entity.invoice_custom_sections.set(custom_sections.by_codes(fields["invoice_custom_section_codes"]))
