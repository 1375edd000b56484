"""Invoices and credit notes with all that their documents print."""

from invoicing.models import CreditNote, Invoice, StoredDocument

PRINTED = ("fees__taxes", "taxes", "credits", "invoice_subscriptions", "applied_usage_thresholds")
PRINTED_OF_NOTE = ("items__fee__taxes", "taxes", "invoice__invoice_subscriptions")
Printed = Invoice | CreditNote


def whole(pk: int) -> Invoice:
    """Return an invoice with everything that its document says, in a fixed number of queries."""
    rows = Invoice.objects.select_related("billing_entity", "customer").prefetch_related(*PRINTED)
    invoice: Invoice = rows.get(pk=pk)
    return invoice


def whole_note(pk: int) -> CreditNote:
    """Return a credit note with everything that its document says, in a fixed number of queries."""
    rows = CreditNote.objects.select_related("invoice__billing_entity", "customer").prefetch_related(*PRINTED_OF_NOTE)
    note: CreditNote = rows.get(pk=pk)
    return note


def whole_any(owner: Printed) -> Printed:
    """Return either with everything that its document says."""
    return whole(owner.pk) if isinstance(owner, Invoice) else whole_note(owner.pk)


def stored_xml(owner: Printed) -> StoredDocument | None:
    """Return the stored e-invoice."""
    found: StoredDocument | None = owner.xml_documents.first()
    return found


def current(owner: Printed) -> StoredDocument | None:
    """Return the latest stored document, unless its owner was voided after it was made."""
    latest: StoredDocument | None = owner.documents.order_by("-version").first()
    if latest and owner.voided_at and latest.created_at < owner.voided_at:
        return None
    return latest
