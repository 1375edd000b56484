"""Making a final invoice void: coupons and prepaid credits go back, and what was paid may be credited or refunded."""

from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed, invalid
from credits.services import applied_coupons, drawdowns
from invoicing.calculations.credit_notes import Shares, shared_out
from invoicing.models import CreditNote, Invoice
from invoicing.selectors import progressive
from invoicing.selectors.creditable import creditable
from invoicing.services.credit_notes import drafts
from invoicing.services.invoice_changes import lock
from invoicing.services.payments import cancelling


class NotVoidable(NotAllowed):
    code = "not_voidable"


@transaction.atomic
def void(invoice: Invoice, *, now: datetime, give_back: Shares | None = None, reason: str = "") -> Invoice:
    """
    Make a final invoice void. Credit notes that paid it stay used (table 1.17); payments on their way are taken back.

    `give_back` is what is credited and refunded of it by a note, all its fees alike; with it a paid one can be void.

    :raises NotVoidable: (405) if it is not final, was paid or lost in a dispute, or has been credited
    :raises Invalid: if more is to be given back than there is, or refunded than was paid
    """
    invoice = lock(invoice)
    _check(invoice, is_given_back=give_back is not None)
    if give_back is not None and give_back.total_cents:
        _give_back(invoice, give_back, now)
    invoice.status, invoice.voided_at, invoice.updated_at = Invoice.Status.VOIDED, now, now
    invoice.payment_overdue = False
    invoice.save(update_fields=["status", "voided_at", "payment_overdue", "updated_at"])
    applied_coupons.recredit(dict(invoice.credits.values_list("applied_coupon_id", "amount_cents")), now=now)
    drawdowns.give_back(invoice.lago_id, now=now)
    cancelling.cancel_superfluous(invoice, now=now)
    activity.record("invoice.voided", invoice, now=now, reason=reason)
    return invoice


def obstacle(invoice: Invoice, *, is_given_back: bool = False) -> str:
    """Return why an invoice cannot be made void, in a sentence; nothing if it can."""
    if invoice.status != Invoice.Status.FINALIZED:
        return "Only a final invoice can be made void."
    if invoice.payment_dispute_lost_at is not None:
        return "Its payment was lost in a dispute."
    if invoice.credit_notes.exclude(credit_status=CreditNote.CreditStatus.VOIDED).exists():
        return "It has been credited."
    if invoice.invoice_type == Invoice.Type.PROGRESSIVE_BILLING and progressive.credited_on(invoice):
        return "A later invoice has taken off what this one billed."
    if is_given_back and invoice.invoice_type == Invoice.Type.CREDIT:
        return "Credits that were bought are not given back by voiding their invoice."
    if invoice.payment_status == Invoice.PaymentStatus.SUCCEEDED and not is_given_back:
        return "It is paid: credit or refund it instead."
    return ""


def _check(invoice: Invoice, *, is_given_back: bool) -> None:
    if sentence := obstacle(invoice, is_given_back=is_given_back):
        raise NotVoidable(sentence)


def _give_back(invoice: Invoice, shares: Shares, now: datetime) -> None:
    facts = creditable([invoice])[invoice.pk]
    whole = facts.total_cents
    if shares.total_cents > whole:
        raise invalid("credit_amount", "higher_than_remaining_invoice_amount")
    if shares.refund_cents > facts.refundable_cents:
        unpaid = not invoice.total_paid_amount_cents
        code = "cannot_refund_unpaid_invoice" if unpaid else "higher_than_remaining_invoice_amount"
        raise invalid("refund_amount", code)
    items = shared_out(shares.total_cents, facts.items(), whole_cents=whole)
    terms = {"reason": CreditNote.Reason.OTHER, "is_automatic": True}
    drafts.write(drafts.compose(facts, items, shares, terms, now=now), now=now)
