"""Credit notes for what progressive invoices have billed beyond the usage that there is in the end (M14, M115)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from billing_site.core import locks
from invoicing.calculations.credit_notes import Shares
from invoicing.calculations.progressive import BilledFee, excess_items
from invoicing.models import CreditNote, Invoice
from invoicing.selectors.creditable import Creditable, creditable
from invoicing.services.composition import InvoiceDraft
from invoicing.services.credit_notes import drafts
from invoicing.services.progressive_credits import TakenOff


def give_back(settled: Sequence[InvoiceDraft], *, now: datetime) -> None:
    """
    Give back, as credit, what was billed too much before these invoices (in memory), which become final.

    The newest progressive invoice of a time gives back first, then those before it. The notes may pay the very invoice
    that brought it to light, so they stand among its notes. The customers are locked by the caller.
    """
    found = [(draft, taken) for draft in settled for taken in draft.taken_off if taken.excess_cents]
    if not found:
        return
    keys = {invoice.pk for _, taken in found for invoice in _invoices(taken)}
    invoices = locks.by_ids(Invoice, keys)
    facts = creditable(invoices.values())
    for draft, taken in found:
        rest = taken.excess_cents
        for invoice in _invoices(taken):
            note, rest = _note(facts[invoice.pk], rest, draft.invoice, now)
            if note is not None:
                draft.notes = [*draft.notes, note]


def _invoices(taken: TakenOff) -> Iterable[Invoice]:
    return (taken.billed.invoice, *taken.billed.earlier)


def _note(facts: Creditable, cents: int, settled: Invoice, now: datetime) -> tuple[CreditNote | None, int]:
    """Return a note of this invoice over so much without taxes, and what it does not cover."""
    fees = [
        BilledFee(fee.pk, fee.amount_cents, Decimal(fee.precise_progressive_amount_cents), facts.left_of(fee))
        for fee in facts.fees
    ]
    asked, rest = excess_items(cents, fees)
    items = facts.items(asked)
    total = facts.amounts(items).total_cents
    if total <= 0:
        return None, rest
    terms = {
        "operation_key": f"excess:{facts.invoice.pk}:{settled.operation_key}",
        "is_automatic": True,
        "reason": CreditNote.Reason.OTHER,
    }
    return drafts.write(drafts.compose(facts, items, Shares(credit_cents=total), terms, now=now), now=now), rest
