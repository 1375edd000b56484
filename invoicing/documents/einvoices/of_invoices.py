"""An invoice as a trade: from its own rows alone, like its page."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing_site.core import localized
from billing_site.core.money import exact
from invoicing.calculations.vat_breakdown import Kind, TaxedLine, allowances, breakdown
from invoicing.documents import parties
from invoicing.documents.einvoices import accounts
from invoicing.documents.einvoices.trade import Item, Trade, days_of, kinds_of, priced
from invoicing.documents.languages import Words, words_for
from invoicing.documents.lines import Pen
from invoicing.models import Fee, Invoice

COMMERCIAL, PREPAYMENT, SELF_BILLED = "380", "386", "389"


def trade(invoice: Invoice) -> Trade:
    """Return what the e-invoice of an invoice says; its rows are to be loaded with it (`selectors.documents.whole`)."""
    words, locale = words_for(invoice.locale)
    pen = Pen(words, locale, invoice.currency, invoice.timezone)
    seller = invoice.seller or parties.seller(invoice.billing_entity)
    buyer = invoice.buyer or parties.buyer(invoice.customer)
    fees = sorted(invoice.fees.all(), key=lambda fee: fee.pk)
    kinds, reasons = kinds_of(fees, words)
    items = [_item(fee, kinds[fee.pk], pen) for fee in fees]
    parts = breakdown(
        [TaxedLine(kinds[fee.pk], fee.amount_cents, _base(fee)) for fee in fees],
        net_cents=invoice.sub_total_excluding_taxes_amount_cents,
        taxes_cents=invoice.taxes_amount_cents,
        known=_known_taxes(invoice, fees, kinds),
    )
    issuer, recipient = (buyer, seller) if invoice.self_billed else (seller, buyer)
    return Trade(
        type_code=_type_code(invoice),
        number=invoice.number,
        issued_on=invoice.issuing_date,
        due_on=invoice.payment_due_date,
        terms=_terms(invoice, pen),
        currency=invoice.currency,
        seller=issuer,
        buyer=recipient,
        items=items,
        parts=parts,
        allowances=allowances(parts, _taken_off(invoice, words)),
        reasons=reasons,
        net_cents=invoice.sub_total_excluding_taxes_amount_cents,
        taxes_cents=invoice.taxes_amount_cents,
        paid_cents=invoice.credit_notes_amount_cents + invoice.prepaid_credit_amount_cents,
        order_number=invoice.purchase_order_number,
        notes=_notes(invoice, seller),
        account="" if invoice.self_billed else accounts.iban(seller.get("payment_instructions", "")),
    )


def _taken_off(invoice: Invoice, words: Words) -> list[tuple[str, int]]:
    return [
        (words.usage_billed_before, invoice.progressive_billing_credit_amount_cents),
        *((words.discount.format(name=row.name), row.amount_cents) for row in invoice.credits.all()),
    ]


def _notes(invoice: Invoice, seller: Mapping[str, Any]) -> list[str]:
    sections = (f"{copy['display_name'] or copy['name']}\n{copy['details']}" for copy in invoice.custom_sections)
    return [*sections, seller.get("invoice_footer", "")]


def _type_code(invoice: Invoice) -> str:
    if invoice.self_billed:
        return SELF_BILLED
    return PREPAYMENT if invoice.invoice_type == Invoice.Type.CREDIT else COMMERCIAL


def _terms(invoice: Invoice, pen: Pen) -> str:
    if not invoice.total_amount_cents:
        return pen.words.nothing_due
    due = localized.day(invoice.payment_due_date, pen.locale)
    return pen.words.due_by.format(amount=pen.amount(invoice.total_amount_cents), day=due)


def _item(fee: Fee, kind: Kind, pen: Pen) -> Item:
    units, price, note = priced(fee, pen)
    about = [fee.description, *(f"{key}: {value}" for key, value in fee.grouped_by.items() if value is not None)]
    return Item(
        name=str(fee),
        about=" · ".join(part for part in about if part),
        note=note,
        units=units,
        price=price,
        cents=fee.amount_cents,
        kind=kind,
        days=days_of(fee, pen.timezone),
    )


@exact
def _base(fee: Fee) -> Decimal:
    return fee.amount_cents - fee.precise_coupons_amount_cents


def _known_taxes(invoice: Invoice, fees: list[Fee], kinds: Mapping[int, Kind]) -> dict[Kind, int] | None:
    """Return the taxes of each kind from the invoice's rows; None where a tax is on fees of several kinds."""
    kinds_by_tax: dict[tuple[str, Decimal], set[Kind]] = {}
    for fee in fees:
        for tax in fee.taxes.all():
            kinds_by_tax.setdefault((tax.code, tax.rate), set()).add(kinds[fee.pk])
    known = dict.fromkeys(kinds.values(), 0)
    for row in invoice.taxes.all():
        carrying = kinds_by_tax.get((row.code, row.rate), set())
        if len(carrying) != 1:
            return None
        known[carrying.pop()] += row.amount_cents
    return known
