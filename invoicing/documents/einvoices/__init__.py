"""
E-invoices by EN 16931: the terms of an invoice or credit note, written as CII and as UBL by factur-x.

What the standard asks for and the document lacks is told, and then none is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from facturx.generate_xml import generate_cii_xml, generate_ubl_xml

from billing_site.core.money import exponent
from customers.calculations import vat_categories
from invoicing.documents.einvoices import of_invoices, of_notes
from invoicing.documents.einvoices.terms import clean, is_vat_number, terms
from invoicing.documents.einvoices.trade import Trade
from invoicing.models import CreditNote, Invoice

# What may be lacking → what staff are told.
LACKING = {
    "seller_country": "The seller has no country.",
    "seller_address": "The seller has no address.",
    "seller_tax_id": "The seller has no tax id.",
    "buyer_name": "The buyer has no name.",
    "buyer_country": "The buyer has no country.",
    "buyer_tax_id": "The buyer has neither tax id nor registration number, and is to owe the VAT.",
    "lines": "There is no line.",
    "decimals": "E-invoices have two decimals, and an amount has more.",
    "taxes": "There are taxes that no line says it carries.",
}


@dataclass(frozen=True, slots=True)
class EInvoice:
    """One document in two syntaxes: `cii` is put into its PDF, `ubl` stands beside it."""

    cii: bytes
    ubl: bytes


def trade_of(owner: Invoice | CreditNote) -> Trade:
    """Return what the e-invoice says; the rows are to be loaded with their owner (`selectors.documents`)."""
    return of_invoices.trade(owner) if isinstance(owner, Invoice) else of_notes.trade(owner)


def written(trade: Trade) -> EInvoice:
    """Return both syntaxes. That they are valid is for the tests to prove, against schemas and rules as published."""
    how = {"level": "en16931", "check_xsd": False, "check_schematron": None}
    return EInvoice(cii=generate_cii_xml(terms(trade), **how), ubl=generate_ubl_xml(terms(trade), **how))


def lacking(trade: Trade) -> list[str]:
    """Return the words (keys of `LACKING`) for what keeps the e-invoice from being valid."""
    seller, buyer = trade.seller, trade.buyer
    number, categories = seller["tax_identification_number"], {part.kind.category for part in trade.parts}
    tests = {
        "seller_country": not seller["country"],
        "seller_address": not clean(seller["address_line1"]),
        "seller_tax_id": not clean(number),
        "buyer_name": not clean(buyer["legal_name"] or buyer["name"]),
        "buyer_country": not buyer["country"],
        "buyer_tax_id": vat_categories.REVERSE_CHARGE in categories and not _is_known(buyer),
        "lines": not trade.items,
        "decimals": any(cents % 10 ** max(0, exponent(trade.currency) - 2) for cents in trade.amounts),
        "taxes": sum(part.tax_cents for part in trade.parts) != trade.taxes_cents,
    }
    return [word for word, is_so in tests.items() if is_so]


def sentence(lacking: Sequence[str]) -> str:
    """Say what is lacking, for a person."""
    return " ".join(LACKING[word] for word in lacking)


def _is_known(buyer: Mapping[str, Any]) -> bool:
    return is_vat_number(buyer["tax_identification_number"]) or bool(clean(buyer["legal_number"]))
