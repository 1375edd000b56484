"""Seller and buyer as they are now, to be kept with an invoice for ever: nothing printed is read from anywhere else."""

from typing import Any

from customers.models import BillingEntity, Customer

SHARED = (
    "name", "legal_name", "legal_number", "tax_identification_number", "email", "phone",
    "address_line1", "address_line2", "zipcode", "city", "state", "country",
)  # fmt: skip


def seller(entity: BillingEntity) -> dict[str, Any]:
    """Return what documents say of the seller."""
    return {name: getattr(entity, name) for name in SHARED} | {
        "logo": entity.logo.name or "",
        "payment_instructions": entity.payment_instructions,
        "invoice_footer": entity.invoice_footer,
    }


def buyer(customer: Customer) -> dict[str, Any]:
    """Return what documents say of the buyer."""
    return {name: getattr(customer, name) for name in SHARED} | {"name": customer.display_name}
