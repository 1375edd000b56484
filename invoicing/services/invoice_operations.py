"""What is done with drafts by hand: computed again, made final at once, taken back."""

from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed
from invoicing.models import Invoice
from invoicing.services import finalization, settlement, writing
from invoicing.services.invoice_changes import lock


class NotDeletable(NotAllowed):
    code = "not_deletable"


@transaction.atomic
def refresh(invoice: Invoice, *, now: datetime) -> Invoice:
    """Compute a draft again with the usage that has come in since. One that is final stays as it is."""
    invoice = lock(invoice)
    if invoice.status != Invoice.Status.DRAFT:
        return invoice
    draft, _ = finalization.recompose(invoice, now=now)
    settlement.total(draft, now=now)
    writing.rewrite(draft, [], now=now)
    activity.record("invoice.refreshed", draft.invoice, now=now)
    return draft.invoice


def finalize_now(invoice: Invoice, *, now: datetime) -> Invoice:
    """Make a draft final before its days of grace are over."""
    return finalization.finalize(invoice, now=now)


@transaction.atomic
def delete_draft(invoice: Invoice, *, now: datetime, reason: str = "") -> Invoice:
    """
    Take a draft back. The time that it bills is not billed again.

    :raises NotDeletable: (405) if it is no draft
    """
    invoice = lock(invoice)
    if invoice.status != Invoice.Status.DRAFT:
        raise NotDeletable("Only a draft can be deleted; a final invoice is made void.")
    invoice.status, invoice.updated_at = Invoice.Status.DELETED, now
    invoice.save(update_fields=["status", "updated_at"])
    activity.record("invoice.deleted", invoice, now=now, reason=reason)
    return invoice
