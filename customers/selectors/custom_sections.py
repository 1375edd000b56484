"""Which texts an invoice prints: those named for it, else its customer's, else its billing entity's (table 1.17)."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch

from billing_site.core.errors import NotFound
from customers.models import BillingEntity, Customer, InvoiceCustomSection

Copy = dict[str, Any]


def live_sections() -> "Prefetch[str]":
    """Return how to read the sections of many rows beforehand."""
    rows = InvoiceCustomSection.objects.live().order_by("pk")
    return Prefetch("invoice_custom_sections", rows, to_attr="live_sections")


def by_codes(codes: Sequence[str]) -> list[InvoiceCustomSection]:
    """
    Return the live sections of these codes, in the order asked for.

    :raises NotFound: if one is unknown
    """
    found = {section.code: section for section in InvoiceCustomSection.objects.live().filter(code__in=codes)}
    if set(codes) - set(found):
        raise NotFound("invoice_custom_section")
    return [found[code] for code in dict.fromkeys(codes)]


def applicable(customer: Customer, entity: BillingEntity) -> list[InvoiceCustomSection]:
    """Return the sections that invoices of an entity to a customer print, unless others are named."""
    if customer.skip_invoice_custom_sections:
        return []
    return selected(customer) or selected(entity)


def selected(owner: Customer | BillingEntity) -> list[InvoiceCustomSection]:
    """Return the live sections chosen for one, read beforehand or now."""
    read: list[InvoiceCustomSection] | None = getattr(owner, "live_sections", None)
    if read is not None:
        return read
    return [section for section in owner.invoice_custom_sections.order_by("pk") if section.deleted_at is None]


def copies(sections: Sequence[InvoiceCustomSection]) -> list[Copy]:
    """Return what an invoice keeps of sections."""
    names = ("code", "name", "display_name", "details")
    return [
        {"lago_id": str(section.lago_id), **{name: getattr(section, name) for name in names}} for section in sections
    ]
