"""Writing invoices: by COPY for a whole chunk, numbers last, so that parallel runs hardly wait for each other."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection

from billing_site.core import activity, arrays, bulk, dispatch
from billing_site.core.models import Activity
from credits.models import AppliedCoupon
from invoicing.models import (
    BilledPeriod,
    CreditNote,
    CreditNoteUse,
    Fee,
    FeeTax,
    Invoice,
    InvoiceCredit,
    InvoiceSubscription,
    InvoiceTax,
    LateUsage,
    ProgressiveCredit,
)
from invoicing.services import numbering
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft
from invoicing.services.payments import settling

# What an invoice's activity is called by the state it is born in; a closed one tells no one.
PAID_IN_ADVANCE = "Charges paid in advance"  # the reference of what was paid fee by fee, before there was an invoice
TOLD_AS = {
    Invoice.Status.FINALIZED: "invoice.finalized",
    Invoice.Status.DRAFT: "invoice.drafted",
    Invoice.Status.OPEN: "invoice.opened",
}


def write(drafts: Sequence[InvoiceDraft], used: Sequence[AppliedCoupon], *, now: datetime) -> None:
    """
    Write new invoices with all their rows, inside the caller's transaction.

    Children go first and the invoices last, after their numbers: the foreign keys are checked at commit, and the
    counters stay locked for as short as can be. The chain of billed periods is checked at once.
    """
    for draft, pk in zip(drafts, bulk.reserve_ids(Invoice, len(drafts)), strict=True):
        draft.invoice.pk = pk
        _point(draft)
    _write_late(drafts, now)
    bulk.copy_leaves(BilledPeriod, list(chain.from_iterable(draft.periods for draft in drafts)))
    bulk.copy_leaves(InvoiceSubscription, list(chain.from_iterable(draft.subscriptions for draft in drafts)))
    _write_lines(drafts, now)
    write_alone(list(chain.from_iterable(draft.alone for draft in drafts)), now=now)
    _save_coupons(used)
    invoices = [draft.invoice for draft in drafts]
    numbering.give_numbers([invoice for invoice in invoices if invoice.status == Invoice.Status.FINALIZED])
    bulk.copy_models(Invoice, invoices)
    settling.write_paid(invoices, reference=PAID_IN_ADVANCE, now=now)
    _gather(drafts, now)
    _tell(invoices, now)


def rewrite(draft: InvoiceDraft, used: Sequence[AppliedCoupon], *, now: datetime) -> None:
    """Write a draft computed anew: its old lines go, the new ones come, and it may become final."""
    invoice = draft.invoice
    FeeTax.objects.filter(fee__invoice=invoice).delete()
    Fee.objects.filter(invoice=invoice).delete()
    invoice.taxes.all().delete()
    invoice.credits.all().delete()
    invoice.progressive_credits.all().delete()
    _point(draft)
    _write_late([draft], now)
    _write_lines([draft], now)
    _save_coupons(used)
    if invoice.status == Invoice.Status.FINALIZED:
        finish(invoice, now=now)
    else:
        invoice.save()


def finish(invoice: Invoice, *, now: datetime) -> None:
    """Give a saved invoice that has become final its number, and tell of it."""
    numbering.give_numbers([invoice])
    invoice.save()
    _tell([invoice], now)


def write_alone(fees: Sequence[FeeDraft], *, now: datetime) -> None:
    """Write fees that no invoice bears, with their taxes, inside the caller's transaction."""
    _write_fees(fees, now)
    told = [activity.build("fee.created", item.fee, now=now) for item in fees]
    bulk.copy_leaves(Activity, told)
    if any(row.state == Activity.State.PENDING for row in told):
        dispatch.wake_on_commit()


def _gather(drafts: Sequence[InvoiceDraft], now: datetime) -> None:
    """Point fees that stood alone to the invoices that bear them from now on."""
    fees = []
    for draft in drafts:
        for fee in draft.gathered:
            fee.invoice, fee.updated_at = draft.invoice, now
            fees.append(fee)
    Fee.objects.bulk_update(fees, ["invoice", "updated_at"])


def _point(draft: InvoiceDraft) -> None:
    """Point all rows to the invoice, now that it has its key."""
    fees = (item.fee for item in draft.fees)
    taken_off = _progressive_credits(draft)
    rows = chain(draft.periods, draft.subscriptions, draft.taxes, draft.credits, taken_off, draft.note_uses, fees)
    bulk.point(rows, "invoice_id", draft.invoice.pk)


def _write_lines(drafts: Sequence[InvoiceDraft], now: datetime) -> None:
    _write_fees(list(chain.from_iterable(draft.fees for draft in drafts)), now)
    bulk.copy_leaves(InvoiceTax, list(chain.from_iterable(draft.taxes for draft in drafts)))
    bulk.copy_leaves(InvoiceCredit, list(chain.from_iterable(draft.credits for draft in drafts)))
    bulk.copy_leaves(ProgressiveCredit, [row for draft in drafts for row in _progressive_credits(draft)])
    _use_notes(list(chain.from_iterable(draft.note_uses for draft in drafts)))


def _write_late(drafts: Sequence[InvoiceDraft], now: datetime) -> None:
    """Write that usage of earlier times is billed, and where."""
    rows = []
    for draft in drafts:
        for bill in draft.late:
            bill.write()
            late = bill.late
            late.status, late.invoice, late.updated_at = late.Status.BILLED, draft.invoice, now
            rows.append(late)
    names = ["status", "invoice", "is_priced", "amount_cents", "committed_amount_cents", "lines", "updated_at"]
    LateUsage.objects.bulk_update(rows, names)
    if rows:  # what else waits of the same times comes to less now
        others = LateUsage.objects.filter(period__any_of=[row.period_id for row in rows], status__in=LateUsage.OPEN)
        others.update(is_priced=False)


def _progressive_credits(draft: InvoiceDraft) -> list[ProgressiveCredit]:
    return [taken.credit for taken in draft.taken_off if taken.credit]


def _use_notes(uses: Sequence[CreditNoteUse]) -> None:
    """Write what credit notes paid, and what is left of them."""
    bulk.copy_leaves(CreditNoteUse, uses)
    notes = {use.credit_note_id: use.credit_note for use in uses}
    CreditNote.objects.bulk_update(notes.values(), ["balance_amount_cents", "credit_status", "updated_at"])


def _write_fees(fees: Sequence[FeeDraft], now: datetime) -> None:
    for item, pk in zip(fees, bulk.reserve_ids(Fee, len(fees)), strict=True):
        item.fee.id = pk
        # Asked of the object, a fee without a parent would look for one again.
        if Fee.true_up_parent.is_cached(item.fee) and item.fee.true_up_parent is not None:
            item.fee.true_up_parent_id = item.fee.true_up_parent.pk
    bulk.copy_models(Fee, [item.fee for item in fees])
    _write_fee_taxes(fees, now)


def _write_fee_taxes(fees: Sequence[FeeDraft], now: datetime) -> None:
    rows = [(item.fee.id, tax, row) for item in fees for tax, row in zip(item.taxes, item.tax_rows, strict=True)]
    columns: dict[str, Sequence[Any]] = {
        "lago_id": [bulk.new_id() for _ in rows],
        "fee_id": [fee for fee, _, _ in rows],
        "tax_id": [tax.id for _, tax, _ in rows],
        "code": [tax.code for _, tax, _ in rows],
        "name": [tax.name for _, tax, _ in rows],
        "description": [tax.description for _, tax, _ in rows],
        "rate": [row.tax.rate for _, _, row in rows],
        "amount_cents": [row.amount_cents for _, _, row in rows],
        "created_at": [now] * len(rows),
    }
    bulk.copy_columns(FeeTax, columns)


def _save_coupons(used: Sequence[AppliedCoupon]) -> None:
    fields = ["remaining_cents", "frequency_duration_remaining", "status", "terminated_at", "updated_at"]
    bulk.update_models(AppliedCoupon, list({coupon.pk: coupon for coupon in used}.values()), fields)


def _tell(invoices: Sequence[Invoice], now: datetime) -> None:
    told = [
        activity.build(TOLD_AS[Invoice.Status(invoice.status)], invoice, now=now)
        for invoice in invoices
        if invoice.status in TOLD_AS
    ]
    bulk.copy_leaves(Activity, told)
    if any(row.state == Activity.State.PENDING for row in told):
        dispatch.wake_on_commit()


def move_on(moments: Sequence[tuple[int, datetime | None]]) -> None:
    """Set when each subscription (by key) is due next, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE plans_subscription s SET billing_at = t.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS t(id, at) WHERE s.id = t.id",
            [arrays.literal(column) for column in zip(*moments, strict=True)],
        )
