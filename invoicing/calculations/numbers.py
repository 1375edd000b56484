"""How invoices are numbered in print; the counters behind the numbers are taken elsewhere."""

PER_CUSTOMER, PER_ENTITY = "per_customer", "per_billing_entity"


def invoice_number(
    prefix: str,
    *,
    numbering: str,
    customer_sequence: int,
    invoice_sequence: int,
    entity_sequence: int,
    year_month: str,
) -> str:
    """
    Return the number printed on a final invoice.

    One series for each customer gives "ACM-9F2C-007-012": the customer, then the customer's invoice (Lago rule M132).
    One for the whole billing entity gives "ACM-9F2C-202403-123": the month (YYYYMM, in the entity's time zone), then
    the entity's invoice, which goes on counting from month to month (M133). A sequence has three digits or more.

    :raises ValueError: if the numbering is neither
    """
    if numbering == PER_CUSTOMER:
        return f"{prefix}-{customer_sequence:03d}-{invoice_sequence:03d}"
    if numbering == PER_ENTITY:
        return f"{prefix}-{year_month}-{entity_sequence:03d}"
    raise ValueError(f"{numbering!r} is no way to number invoices.")


def draft_number(prefix: str) -> str:
    """Return what stands in place of a number until the invoice is final (Lago rule M131)."""
    return f"{prefix}-DRAFT"


def credit_note_number(invoice_number: str, sequence: int) -> str:
    """Return the number of an invoice's n-th credit note (Lago rule M135)."""
    return f"{invoice_number}-CN{sequence:03d}"


def receipt_number(customer_slug: str, sequence: int) -> str:
    """Return the number of the receipt for a customer's n-th payment (Lago rule M135)."""
    return f"{customer_slug}-RCPT-{sequence:06d}"
