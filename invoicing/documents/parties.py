"""Seller and buyer as they are now, to be kept with an invoice for ever: nothing printed is read from anywhere else."""

from typing import Any

from customers.models import BillingEntity, Customer
from customers.selectors import custom_sections
from invoicing.models import Invoice

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


def keep(invoice: Invoice, seller_copy: dict[str, Any] | None = None) -> None:
    """Put copies on an invoice that becomes final: seller (perhaps made already), buyer, and texts to be printed."""
    entity, customer = invoice.billing_entity, invoice.customer
    invoice.seller = seller(entity) if seller_copy is None else seller_copy
    invoice.buyer = buyer(customer)
    invoice.custom_sections = custom_sections.copies(custom_sections.applicable(customer, entity))
