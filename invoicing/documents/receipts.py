"""A plain context of a receipt: who paid whom how much when, and which invoices that paid."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing_site.core import localized
from billing_site.core.periods import local_date
from invoicing.documents import parties
from invoicing.documents.context import LETTER_COUNTRIES, Party, party
from invoicing.documents.languages import Words, words_for
from invoicing.documents.lines import Pen
from invoicing.models import Invoice, Payment, PaymentReceipt


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """All that the template of a receipt prints, as text."""

    words: Words
    language: str
    paper: str
    number: str
    facts: Sequence[tuple[str, str]]
    logo: str
    seller: Party
    buyer: Party
    summary: str
    lines: Sequence[tuple[str, str]]  # invoice, amount
    total_name: str
    total: str
    footer: str


def receipt_page(receipt: PaymentReceipt) -> ReceiptPage:
    """Return what the document of a receipt says; its rows come loaded (`selectors.payments.whole_receipt`)."""
    payment = receipt.payment
    invoice = first_invoice(payment)
    words, locale = words_for(invoice.locale)
    pen = Pen(words, locale, payment.currency, invoice.timezone)
    seller = invoice.seller or parties.seller(invoice.billing_entity)
    amount, day = pen.amount(payment.amount_cents), paid_day(payment, invoice, locale)
    facts = [(words.receipt_number, receipt.number), (words.paid_on, day), (words.payment_reference, payment.reference)]
    return ReceiptPage(
        words=words,
        language=localized.locale(locale).language,
        paper="letter" if seller["country"] in LETTER_COUNTRIES else "A4",
        number=receipt.number,
        facts=[(name, value) for name, value in facts if value],
        logo=seller.get("logo", ""),
        seller=party(seller, pen),
        buyer=party(invoice.buyer or parties.buyer(payment.customer), pen),
        summary=words.paid_summary.format(amount=amount, day=day),
        lines=[(str(row.invoice), pen.amount(row.amount_cents)) for row in payment.allocations.all()],
        total_name=words.total_paid.format(currency=payment.currency),
        total=amount,
        footer=seller.get("invoice_footer", ""),
    )


def first_invoice(payment: Payment) -> Invoice:
    """Return the invoice whose seller, buyer and language the receipt has."""
    allocations = list(payment.allocations.all())
    invoice: Invoice = allocations[0].invoice if allocations else payment.invoice
    return invoice


def paid_day(payment: Payment, invoice: Invoice, locale: str) -> str:
    """Return the day of the payment, by the customer's calendar, as the locale writes it."""
    return localized.day(local_date(payment.paid_at or payment.created_at, invoice.timezone), locale)
