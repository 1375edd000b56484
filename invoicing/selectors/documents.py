"""Invoices with all that their documents print."""

from invoicing.models import Invoice, InvoiceDocument

PRINTED = ("fees__taxes", "taxes", "credits", "invoice_subscriptions", "applied_usage_thresholds")


def whole(pk: int) -> Invoice:
    """Return an invoice with everything that its document says, in a fixed number of queries."""
    rows = Invoice.objects.select_related("billing_entity", "customer").prefetch_related(*PRINTED)
    invoice: Invoice = rows.get(pk=pk)
    return invoice


def current(invoice: Invoice) -> InvoiceDocument | None:
    """Return the latest stored document, unless the invoice was voided after it was made."""
    latest: InvoiceDocument | None = invoice.documents.order_by("-version").first()
    if latest and invoice.voided_at and latest.created_at < invoice.voided_at:
        return None
    return latest
