"""Numbers of invoices: given when they become final, from counters that are the last thing a transaction locks."""

from collections import Counter
from collections.abc import Sequence

from billing_site.core import counters
from billing_site.core.periods import local_date
from invoicing.calculations import numbers
from invoicing.models import Invoice


def give_numbers(invoices: Sequence[Invoice]) -> None:
    """
    Give each invoice (unsaved, `finalized_at` set) its numbers, in the order given.

    Each takes one of its own series and one of its billing entity's, which counts every final invoice and never
    resets (house decision 9). Invoices in a partner's name are not the entity's: they take their partner's alone.
    """
    following = counters.take_many(Counter(name for invoice in invoices for name in _series(invoice)))
    for invoice in invoices:
        invoice.series = series_of(invoice)
        invoice.sequential_id = following[invoice.series]
        if not invoice.self_billed:
            invoice.entity_sequential_id = following[entity_series(invoice)]
        for name in _series(invoice):
            following[name] += 1
        invoice.number = _number(invoice)


def _series(invoice: Invoice) -> list[str]:
    own = series_of(invoice)
    return [own] if invoice.self_billed else [own, entity_series(invoice)]


def entity_series(invoice: Invoice) -> str:
    """Return the series of all final invoices that the billing entity issues."""
    return f"invoice:{invoice.billing_entity_id}"


def series_of(invoice: Invoice) -> str:
    """Return the series of the customer's invoices: counted on whichever series the printed number is from."""
    return f"invoice:{invoice.billing_entity_id}:{invoice.customer_id}"


def _number(invoice: Invoice) -> str:
    entity = invoice.billing_entity
    assert invoice.finalized_at is not None
    assert invoice.sequential_id is not None
    return numbers.invoice_number(
        entity.document_number_prefix,
        numbering=numbers.PER_CUSTOMER if invoice.self_billed else entity.document_numbering,
        customer_sequence=invoice.customer.sequential_id,
        invoice_sequence=invoice.sequential_id,
        entity_sequence=invoice.entity_sequential_id or 0,
        year_month=local_date(invoice.finalized_at, entity.timezone).strftime("%Y%m"),
    )
