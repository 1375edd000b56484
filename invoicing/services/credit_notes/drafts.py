"""A credit note in memory, and writing it. Its invoice is locked by the caller."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing_site.core import activity
from billing_site.core.money import round_half_up
from billing_site.core.periods import local_date
from invoicing.calculations.credit_notes import CreditedFee, NoteAmounts, Shares, fitted
from invoicing.calculations.numbers import credit_note_number
from invoicing.models import CreditNote, CreditNoteItem, CreditNoteTax, FeeTax
from invoicing.selectors.creditable import Creditable
from invoicing.services.payments import statuses


@dataclass(slots=True)
class NoteDraft:
    """A credit note with its rows, unsaved."""

    note: CreditNote
    items: list[CreditNoteItem]
    taxes: list[CreditNoteTax]


def compose(
    facts: Creditable, items: Sequence[CreditedFee], asked: Shares, terms: Mapping[str, object], *, now: datetime
) -> NoteDraft:
    """Return the note over these items with the money going where it was asked; `terms` are its other fields."""
    invoice, sums = facts.invoice, facts.amounts(list(items))
    shares = fitted(asked, sums, paid_cents=facts.paid_cents)
    facts.last_number += 1
    note = CreditNote(
        lago_id=uuid.uuid4(),
        invoice=invoice,
        customer_id=invoice.customer_id,
        sequential_id=facts.last_number,
        number=credit_note_number(invoice.number, facts.last_number),
        issuing_date=local_date(now, invoice.timezone),
        currency=invoice.currency,
        created_at=now,
        updated_at=now,
        **{"operation_key": f"note:{uuid.uuid4()}", **terms},
    )
    _put_sums(note, sums, shares)
    return NoteDraft(note, [_item(note, item, now) for item in items], _taxes(note, facts, sums, now))


def write(draft: NoteDraft, *, now: datetime) -> CreditNote:
    """Write a note with its rows, take its offset off what is due of the invoice, and tell of it."""
    note = draft.note
    note.save(force_insert=True)
    CreditNoteItem.objects.bulk_create(draft.items)
    CreditNoteTax.objects.bulk_create(draft.taxes)
    if note.offset_amount_cents:
        statuses.set_off(note.invoice, note.offset_amount_cents, now=now)
    activity.record("credit_note.created", note, now=now)
    return note


def _put_sums(note: CreditNote, sums: NoteAmounts, shares: Shares) -> None:
    note.precise_coupons_adjustment_amount_cents = sums.coupons_cents
    note.sub_total_excluding_taxes_amount_cents = sums.sub_total_cents
    note.precise_sub_total_amount_cents = sums.base_cents
    note.taxes_amount_cents, note.taxes_rate = round_half_up(sums.taxes_cents), sums.rate
    note.precise_taxes_amount_cents = sums.taxes_cents
    note.credit_amount_cents = note.balance_amount_cents = shares.credit_cents
    note.refund_amount_cents, note.offset_amount_cents = shares.refund_cents, shares.offset_cents
    note.total_amount_cents = shares.total_cents
    note.credit_status = CreditNote.CreditStatus.AVAILABLE if shares.credit_cents else ""
    note.refund_status = CreditNote.RefundStatus.PENDING if shares.refund_cents else ""


def _item(note: CreditNote, item: CreditedFee, now: datetime) -> CreditNoteItem:
    return CreditNoteItem(
        lago_id=uuid.uuid4(),
        credit_note=note,
        fee_id=item.key,
        amount_cents=round_half_up(item.item_cents),
        precise_amount_cents=Decimal(item.item_cents),
        created_at=now,
        updated_at=now,
    )


def _taxes(note: CreditNote, facts: Creditable, sums: NoteAmounts, now: datetime) -> list[CreditNoteTax]:
    copies: dict[object, FeeTax] = {row.code: row for fee in facts.fees for row in fee.taxes.all()}
    return [
        CreditNoteTax(
            lago_id=uuid.uuid4(),
            credit_note=note,
            tax=copies[row.tax.key].tax,
            code=row.tax.code,
            name=row.tax.name,
            description=copies[row.tax.key].description,
            rate=row.tax.rate,
            amount_cents=row.amount_cents,
            base_amount_cents=row.base_cents,
            created_at=now,
        )
        for row in sums.rows
    ]
