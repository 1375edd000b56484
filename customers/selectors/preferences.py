"""What applies to a customer: its own wish, else its billing entity's."""

import msgspec

from customers.models import BillingEntity, Customer


class Terms(msgspec.Struct, frozen=True):
    """Effective terms; grace and payment term in days."""

    timezone: str
    locale: str
    grace_period: int
    net_payment_term: int
    issuing_date_anchor: str
    issuing_date_adjustment: str
    finalize_zero_amount_invoice: bool


def terms(customer: Customer, entity: BillingEntity | None = None) -> Terms:
    """Return the terms that apply to a customer, on invoices of the given entity (its own by default)."""
    entity = entity or customer.billing_entity
    zero = customer.finalize_zero_amount_invoice
    return Terms(
        timezone=customer.timezone or entity.timezone,
        locale=customer.document_locale or entity.document_locale,
        grace_period=_first(customer.invoice_grace_period, entity.invoice_grace_period),
        net_payment_term=_first(customer.net_payment_term, entity.net_payment_term),
        issuing_date_anchor=customer.subscription_invoice_issuing_date_anchor
        or entity.subscription_invoice_issuing_date_anchor,
        issuing_date_adjustment=customer.subscription_invoice_issuing_date_adjustment
        or entity.subscription_invoice_issuing_date_adjustment,
        finalize_zero_amount_invoice=entity.finalize_zero_amount_invoice
        if zero == Customer.ZeroAmount.INHERIT
        else zero == Customer.ZeroAmount.FINALIZE,
    )


def _first(own: int | None, inherited: int) -> int:
    return inherited if own is None else own
