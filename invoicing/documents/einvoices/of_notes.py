"""A credit note as a trade: what it gives back of its invoice, with all amounts above nothing."""

from collections.abc import Mapping
from decimal import Decimal

from billing_site.core.money import exact, to_amount
from invoicing.calculations.credit_notes import CreditedFee
from invoicing.calculations.vat_breakdown import Kind, Part, TaxedLine, allowances, breakdown
from invoicing.documents.credit_notes import ways
from invoicing.documents.einvoices.trade import Item, Trade, days_of, kinds_of
from invoicing.documents.languages import words_for
from invoicing.documents.lines import Pen
from invoicing.models import CreditNote, CreditNoteItem

CREDIT_NOTE, SELF_BILLED = "381", "261"


def trade(note: CreditNote) -> Trade:
    """Return what the e-invoice of a note says; its rows are to be loaded (`selectors.documents.whole_note`)."""
    invoice = note.invoice
    words, locale = words_for(invoice.locale)
    pen = Pen(words, locale, note.currency, invoice.timezone)
    rows = sorted(note.items.all(), key=lambda row: row.pk)
    kinds, reasons = kinds_of([row.fee for row in rows], words)
    parts = _parts(note, rows, kinds)
    issuer, recipient = (invoice.buyer, invoice.seller) if invoice.self_billed else (invoice.seller, invoice.buyer)
    return Trade(
        type_code=SELF_BILLED if invoice.self_billed else CREDIT_NOTE,
        number=note.number,
        issued_on=note.issuing_date,
        due_on=None,
        terms=" · ".join(ways(note, pen)),
        currency=note.currency,
        seller=issuer,
        buyer=recipient,
        items=[_item(row, kinds[row.fee.pk], pen) for row in rows],
        parts=parts,
        allowances=allowances(parts, [(words.discounts, sum(part.reduction_cents for part in parts))]),
        reasons=reasons,
        net_cents=note.sub_total_excluding_taxes_amount_cents,
        taxes_cents=note.taxes_amount_cents,
        order_number=invoice.purchase_order_number,
        earlier=(invoice.number, invoice.issuing_date),
        notes=[note.description, invoice.seller.get("invoice_footer", "")],
    )


def _parts(note: CreditNote, rows: list[CreditNoteItem], kinds: Mapping[int, Kind]) -> list[Part]:
    return breakdown(
        [TaxedLine(kinds[row.fee.pk], row.amount_cents, _base(row)) for row in rows],
        net_cents=note.sub_total_excluding_taxes_amount_cents,
        taxes_cents=note.taxes_amount_cents,
    )


@exact
def _base(row: CreditNoteItem) -> Decimal:
    fee = row.fee
    given_back = CreditedFee(
        fee.pk, fee.amount_cents, fee.precise_coupons_amount_cents, (), item_cents=row.precise_amount_cents
    )
    return given_back.base_cents


def _item(row: CreditNoteItem, kind: Kind, pen: Pen) -> Item:
    return Item(
        name=str(row.fee),
        about="",
        note="",
        units=Decimal(1),
        price=to_amount(row.amount_cents, pen.currency),
        cents=row.amount_cents,
        kind=kind,
        days=days_of(row.fee, pen.timezone),
    )
