"""A plain context of an invoice, from its own rows alone: nothing is queried, looked up or computed anew here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale

from billing_site.core import localized
from customers.calculations import eu_vat
from invoicing.calculations.numbers import draft_number
from invoicing.documents import parties
from invoicing.documents.languages import Words, words_for
from invoicing.documents.lines import Group, Pen, groups_of
from invoicing.models import Invoice

# Where office paper is not A4.
LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "PH", "CL", "CO", "VE", "CR", "GT", "PA", "DO", "SV", "PR"})
# Characters, a line break counted as a line: what is longer does not fit beside the sums.
LONG_INSTRUCTIONS = 800


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells or buys, as printed: a name, the lines of the address, the ids."""

    name: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sum:
    name: str
    amount: str


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """All that the template of an invoice prints, as text."""

    words: Words
    language: str
    paper: str
    title: str
    stamp: str
    number: str
    facts: Sequence[tuple[str, str]]
    logo: str
    seller: Party
    buyer: Party
    summary: str
    groups: Sequence[Group]
    has_taxes: bool
    sums: Sequence[Sum]
    total: Sum
    tax_notes: Sequence[str]
    payment: str
    payment_instructions: str
    has_long_instructions: bool
    sections: Sequence[tuple[str, str]]  # heading and text
    footer: str
    template: str = "invoices/invoice.html"


def invoice_page(invoice: Invoice) -> InvoicePage:
    """
    Return what the document of an invoice says. Its rows are to be loaded with it (`selectors.documents.whole`).

    A draft has no copies of seller and buyer yet: it shows them as they are now.
    """
    words, locale = words_for(invoice.locale)
    pen = Pen(words, locale, invoice.currency, invoice.timezone)
    seller = invoice.seller or parties.seller(invoice.billing_entity)
    buyer = invoice.buyer or parties.buyer(invoice.customer)
    number = invoice.number or draft_number(invoice.billing_entity.document_number_prefix)
    issuer, recipient = (buyer, seller) if invoice.self_billed else (seller, buyer)
    names = {row.subscription_id: row.name for row in invoice.invoice_subscriptions.all()}
    sums = list(_sums(invoice, pen))
    instructions = seller.get("payment_instructions", "") if _is_payable(invoice) else ""
    groups = groups_of(sorted(invoice.fees.all(), key=lambda fee: fee.pk), names, pen)
    return InvoicePage(
        words=words,
        language=localized.locale(locale).language,
        paper="letter" if seller["country"] in LETTER_COUNTRIES else "A4",
        title=_title(invoice, words),
        stamp=_stamp(invoice, words),
        number=number,
        facts=_facts(invoice, number, pen),
        logo=seller.get("logo", ""),
        seller=party(issuer, pen),
        buyer=party(recipient, pen),
        summary=_summary(invoice, pen),
        groups=groups,
        has_taxes=any(line.tax for group in groups for line in group.lines),
        sums=sums if len(sums) > 1 else (),
        total=Sum(words.total_due.format(currency=invoice.currency), pen.amount(invoice.total_amount_cents)),
        tax_notes=[note for tax in _taxes(invoice) if not tax.rate and (note := tax_note(tax, words))],
        payment=_payment(invoice, number, pen),
        payment_instructions=instructions,
        has_long_instructions=len(instructions) + 40 * instructions.count("\n") > LONG_INSTRUCTIONS,
        sections=[(copy["display_name"] or copy["name"], copy["details"]) for copy in invoice.custom_sections],
        footer=seller.get("invoice_footer", ""),
    )


def _title(invoice: Invoice, words: Words) -> str:
    if invoice.status == Invoice.Status.DRAFT:
        return words.draft_invoice
    return words.self_billed_invoice if invoice.self_billed else words.invoice


def _stamp(invoice: Invoice, words: Words) -> str:
    return {Invoice.Status.DRAFT: words.draft, Invoice.Status.VOIDED: words.void}.get(
        Invoice.Status(invoice.status), ""
    )


def _facts(invoice: Invoice, number: str, pen: Pen) -> list[tuple[str, str]]:
    words = pen.words
    facts = [
        (words.number, number),
        (words.issued_on, localized.day(invoice.issuing_date, pen.locale)),
        (words.due_on, localized.day(invoice.payment_due_date, pen.locale)),
        (words.order_number, invoice.purchase_order_number),
        *((words.usage_to_date, pen.amount(cents)) for cents in _usage_to_date(invoice)),
    ]
    return [(name, value) for name, value in facts if value]


def _usage_to_date(invoice: Invoice) -> set[int]:
    """Return the usage at which an invoice was made because a threshold was reached."""
    return {row.lifetime_usage_amount_cents for row in invoice.applied_usage_thresholds.all()}


def party(copy: Mapping[str, Any], pen: Pen) -> Party:
    """Return who a copy of seller or buyer says it is, as printed."""
    names = list(dict.fromkeys(name for name in (copy["legal_name"], copy["name"]) if name))
    place = " ".join(part for part in (copy["zipcode"], copy["city"]) if part)
    country = _country(copy["country"], pen.locale)
    lines = [*names[1:], copy["address_line1"], copy["address_line2"], place, copy["state"], country, copy["email"]]
    if copy["tax_identification_number"]:
        lines.append(pen.words.tax_id.format(number=copy["tax_identification_number"]))
    if copy["legal_number"]:
        lines.append(pen.words.registration.format(number=copy["legal_number"]))
    return Party(names[0] if names else "", [line for line in lines if line])


def _country(code: str, locale: str) -> str:
    found: Locale = localized.locale(locale)
    return found.territories.get(code, code) if code else ""


def _is_payable(invoice: Invoice) -> bool:
    return bool(invoice.total_amount_cents) and invoice.status == Invoice.Status.FINALIZED


def _summary(invoice: Invoice, pen: Pen) -> str:
    if invoice.status == Invoice.Status.VOIDED:
        return pen.words.void
    if not invoice.total_amount_cents:
        return pen.words.nothing_due
    due = localized.day(invoice.payment_due_date, pen.locale)
    return pen.words.due_by.format(amount=pen.amount(invoice.total_amount_cents), day=due)


def _sums(invoice: Invoice, pen: Pen) -> Iterator[Sum]:
    words = pen.words
    taken_off = [(words.usage_billed_before, invoice.progressive_billing_credit_amount_cents)]
    taken_off += [(words.discount.format(name=row.name), row.amount_cents) for row in invoice.credits.all()]
    paid_by = [
        (words.credit_notes, invoice.credit_notes_amount_cents),
        (words.prepaid_credits, invoice.prepaid_credit_amount_cents),
    ]
    taxes = _taxes(invoice)
    yield Sum(words.subtotal, pen.amount(invoice.fees_amount_cents))
    yield from _less(taken_off, pen)
    if taxes and any(cents for _, cents in taken_off):
        yield Sum(words.total_without_tax, pen.amount(invoice.sub_total_excluding_taxes_amount_cents))
    for tax in taxes:
        base, rate = pen.amount(tax.fees_amount_cents), pen.percent(tax.rate)
        yield Sum(words.tax_of.format(name=tax.name, rate=rate, base=base), pen.amount(tax.amount_cents))
    if any(cents for _, cents in paid_by):
        yield Sum(words.total_with_tax, pen.amount(invoice.sub_total_including_taxes_amount_cents))
    yield from _less(paid_by, pen)


def _less(rows: Sequence[tuple[str, int]], pen: Pen) -> Iterator[Sum]:
    return (Sum(name, pen.amount(-cents)) for name, cents in rows if cents)


def _taxes(invoice: Invoice) -> list[Any]:
    return sorted(invoice.taxes.all(), key=lambda tax: tax.pk)


def tax_note(tax: Any, words: Words) -> str:
    """Return why a tax of nothing is of nothing: by law for the EU's rules, else as it is described."""
    by_law = {eu_vat.REVERSE_CHARGE: words.reverse_charge, eu_vat.EXEMPT: words.outside_tax}
    return by_law.get(tax.code) or (f"{tax.name}: {tax.description}" if tax.description else "")


def _payment(invoice: Invoice, number: str, pen: Pen) -> str:
    """Return the sentence that asks to pay; empty if there is nothing to pay, or not yet, or no more."""
    if not _is_payable(invoice):
        return ""
    due = localized.day(invoice.payment_due_date, pen.locale)
    if invoice.payment_due_date <= invoice.issuing_date:
        return pen.words.pay_at_once.format(number=number)
    sentence = pen.words.pay_within if invoice.net_payment_term else pen.words.pay_by
    return sentence.format(days=invoice.net_payment_term, day=due, number=number)
