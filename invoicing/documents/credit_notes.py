"""The page of a credit note: like an invoice's, from its own rows and the invoice's copies of seller and buyer."""

from collections.abc import Iterator
from decimal import Decimal

from billing_site.core import localized
from billing_site.core.money import largest_remainder
from invoicing.documents.context import LETTER_COUNTRIES, InvoicePage, Sum, party, tax_note
from invoicing.documents.languages import words_for
from invoicing.documents.lines import Group, Line, Pen
from invoicing.models import CreditNote, CreditNoteItem


def note_page(note: CreditNote) -> InvoicePage:
    """Return what the document of a credit note says. Its rows are to be loaded with it (`selectors.documents`)."""
    invoice = note.invoice
    words, locale = words_for(invoice.locale)
    pen = Pen(words, locale, note.currency, invoice.timezone)
    issuer, recipient = (invoice.buyer, invoice.seller) if invoice.self_billed else (invoice.seller, invoice.buyer)
    groups = list(_groups(note, pen))
    taxes = sorted(note.taxes.all(), key=lambda row: row.pk)
    return InvoicePage(
        words=words,
        language=localized.locale(locale).language,
        paper="letter" if invoice.seller["country"] in LETTER_COUNTRIES else "A4",
        title=words.credit_note,
        stamp=words.void if note.voided_at else "",
        number=note.number,
        facts=[
            (words.credit_note_number, note.number),
            (words.issued_on, localized.day(note.issuing_date, locale)),
            (words.number, invoice.number),
        ],
        logo=invoice.seller.get("logo", ""),
        seller=party(issuer, pen),
        buyer=party(recipient, pen),
        summary=" · ".join(ways(note, pen)),
        groups=groups,
        has_taxes=any(line.tax for group in groups for line in group.lines),
        sums=list(_sums(note, pen)),
        total=Sum(words.total_credited.format(currency=note.currency), pen.amount(note.total_amount_cents)),
        tax_notes=[told for tax in taxes if not tax.rate and (told := tax_note(tax, words))],
        payment="",
        payment_instructions=note.description,
        has_long_instructions=False,
        sections=[],
        footer=invoice.seller.get("invoice_footer", ""),
        template="invoices/credit_note.html",
    )


def ways(note: CreditNote, pen: Pen) -> Iterator[str]:
    """Say where the money goes."""
    words = pen.words
    told = (
        (words.put_on_credit, note.credit_amount_cents),
        (words.paid_back, note.refund_amount_cents),
        (words.taken_off, note.offset_amount_cents),
    )
    return (way.format(amount=pen.amount(cents), number=note.invoice.number) for way, cents in told if cents)


def _groups(note: CreditNote, pen: Pen) -> Iterator[Group]:
    """Return the items, those of a subscription together where there are several."""
    names = {row.subscription_id: row.name for row in note.invoice.invoice_subscriptions.all()}
    groups: dict[int | None, list[Line]] = {}
    for item in sorted(note.items.all(), key=lambda row: row.pk):
        groups.setdefault(item.fee.subscription_id, []).append(_line(item, pen))
    for subscription, lines in groups.items():
        yield Group(names.get(subscription or 0, "") if len(groups) > 1 else "", lines)


def _line(item: CreditNoteItem, pen: Pen) -> Line:
    fee = item.fee
    return Line(
        name=str(fee),
        period=localized.days(fee.from_at, fee.to_at, pen.timezone, pen.locale) if fee.from_at and fee.to_at else "",
        note="",
        units="",
        price="",
        tax=", ".join(pen.percent(tax.rate) for tax in fee.taxes.all()),
        amount=pen.amount(item.amount_cents),
    )


def _sums(note: CreditNote, pen: Pen) -> Iterator[Sum]:
    """Return the sums, each following from those before; rows by tax add up to the note's taxes."""
    words = pen.words
    items = sum(item.amount_cents for item in note.items.all())
    yield Sum(words.subtotal, pen.amount(items))
    if coupons := items - note.sub_total_excluding_taxes_amount_cents:
        yield Sum(words.discounts, pen.amount(-coupons))
        yield Sum(words.total_without_tax, pen.amount(note.sub_total_excluding_taxes_amount_cents))
    taxes = sorted(note.taxes.all(), key=lambda row: row.pk)
    parts = [row.base_amount_cents * row.rate / Decimal(100) for row in taxes]
    for row, cents in zip(taxes, largest_remainder(note.taxes_amount_cents if parts else 0, parts), strict=True):
        base, rate = pen.amount(row.base_amount_cents), pen.percent(row.rate)
        yield Sum(words.tax_of.format(name=row.name, rate=rate, base=base), pen.amount(cents))
