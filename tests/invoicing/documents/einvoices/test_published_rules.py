"""Each e-invoice passes the published schemas and business rules, in both syntaxes."""

from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings

from customers.calculations import eu_vat
from invoicing.documents import einvoices
from tests.invoicing.documents.einvoices.published import SYNTAXES, broken_rules, told
from tests.invoicing.documents.einvoices.test_sums import OWNERS
from tests.invoicing.documents.einvoices.trades import invoice_of, line, note_of

REVERSED = (eu_vat.REVERSE_CHARGE, "0", "")
OUTSIDE = (eu_vat.EXEMPT, "0", "")
NO_TAX = ()
US = {"country": "US", "tax_identification_number": "12-3456789"}


def einvoice_of(owner):
    trade = einvoices.trade_of(owner)
    assert einvoices.lacking(trade) == []
    return einvoices.written(trade)


INVOICES = {
    "one line": (invoice_of(line(1000)), "S"),
    "reduced and standard rates, with coupons": (
        invoice_of(line(1000), line(777, ("low", "7", "")), line(5), off=(333, 21)), "S",
    ),
    "two taxes on a line": (invoice_of(line(1999, ("state", "5", ""), ("city", "9.975", ""))), "S"),
    "a tax on lines of two kinds": (
        invoice_of(line(1000, ("state", "5", ""), ("city", "2.5", "")), line(999, ("state", "5", ""))), "S",
    ),
    "zero rated": (invoice_of(line(1000, ("zero", "0", ""))), "Z"),
    "exempt, and why": (invoice_of(line(1000, ("exempt", "0", "§ 4 Nr. 21 UStG"))), "E"),
    "reverse charge": (invoice_of(line(1000, REVERSED), off=(10,)), "AE"),
    "a buyer outside of the Union": (invoice_of(line(1000, OUTSIDE), buyer=US), "O"),
    "no tax at all": (invoice_of(line(1000, NO_TAX), seller=US, buyer=US), "O"),
    "credits bought": (invoice_of(line(1000, NO_TAX), invoice_type="credit"), "O"),
    "taxed and not taxed": (invoice_of(line(1000), line(500, NO_TAX), off=(100,)), "S E"),
    "all off by a coupon": (invoice_of(line(1000), off=(1000,)), "S"),
    "paid in part by credits": (invoice_of(line(1000), paid=500), "S"),
    "paid whole by credits": (invoice_of(line(1000), paid=1190), "S"),
    "yen": (invoice_of(line(1001), line(55, ("low", "8", "")), currency="JPY", off=(3,)), "S"),
    "dinars to the third decimal that is nothing": (invoice_of(line(1000, REVERSED), currency="KWD"), "AE"),
    "self-billed": (invoice_of(line(1000), self_billed=True), "S"),
    "a flat fee and no units": (invoice_of(line(500, units="0", price="0")), "S"),
    "a price below the cent": (invoice_of(line(1, units="1000", price="0.000012")), "S"),
    "what XML cannot hold": (
        invoice_of(line(1000, name="Ca\x0blls <&> \ud800"), buyer={"name": "\x00 ", "legal_name": "A\x1f"}), "S",
    ),
    "long texts and references": (
        invoice_of(
            line(1000, description="x" * 600), purchase_order_number="PO-77",
            custom_sections=[{"name": "n", "display_name": "Bank", "details": "Our bank\nhas moved"}],
        ), "S",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", INVOICES)
def test_an_invoice_passes_and_says_how_it_is_taxed(case):
    invoice, categories = INVOICES[case]

    einvoice = einvoice_of(invoice)

    assert broken_rules(einvoice) == []
    for syntax in SYNTAXES:
        assert list(dict.fromkeys(told(einvoice, syntax, "category"))) == categories.split()
        assert [Decimal(due) for due in told(einvoice, syntax, "due")] == [due_of(invoice)]


def due_of(invoice):
    exponent = {"JPY": 0, "KWD": 3}.get(invoice.currency, 2)
    return Decimal(invoice.total_amount_cents).scaleb(-exponent)


@pytest.mark.parametrize(
    ("case", "note"),
    [
        ("half of a line", note_of(invoice_of(line(1000), line(999)), 50, 0)),
        ("all, with coupons", note_of(invoice_of(line(1000), line(777, ("low", "7", "")), off=(333,)), 100, 100)),
        ("reverse charge", note_of(invoice_of(line(1000, REVERSED)), 33)),
        ("not taxed", note_of(invoice_of(line(1000, NO_TAX)), 33)),
        ("self-billed", note_of(invoice_of(line(1000), self_billed=True), 10)),
        ("yen", note_of(invoice_of(line(101), line(55), currency="JPY", off=(3,)), 33, 66)),
    ],
)
def test_a_credit_note_passes_and_names_its_invoice(case, note):
    einvoice = einvoice_of(note)

    assert broken_rules(einvoice) == [], case
    for syntax in SYNTAXES:
        assert told(einvoice, syntax, "earlier") == [note.invoice.number]


@pytest.mark.parametrize(
    ("owner", "code"),
    [
        (invoice_of(line(1000)), "380"),
        (invoice_of(line(1000), self_billed=True), "389"),
        (invoice_of(line(1000, NO_TAX), invoice_type="credit"), "386"),
        (note_of(invoice_of(line(1000)), 10), "381"),
        (note_of(invoice_of(line(1000), self_billed=True), 10), "261"),
    ],
)
def test_the_type_is_told_by_its_code(owner, code):
    einvoice = einvoice_of(owner)

    assert [told(einvoice, syntax, "type") for syntax in SYNTAXES] == [[code]] * 2


def test_who_sells_is_the_partner_where_the_buyer_writes_the_invoice():
    einvoice = einvoice_of(invoice_of(line(1000), self_billed=True))

    for syntax in SYNTAXES:
        assert told(einvoice, syntax, "seller") == ["Alderwood Analytics Ltd"]
        assert told(einvoice, syntax, "account") == []


def test_a_line_keeps_its_units_where_they_make_its_amount_and_else_is_one():
    einvoice = einvoice_of(invoice_of(line(1000, units="40"), line(7412, units="4456", price="0.02")))

    for syntax in SYNTAXES:
        assert told(einvoice, syntax, "units") == ["40", "1"]
        assert told(einvoice, syntax, "price") == ["0.25", "74.12"]
        assert told(einvoice, syntax, "note") == ["Units: 4,456"]
        assert told(einvoice, syntax, "account") == ["DE02120300000000202051"]


@pytest.mark.parametrize(
    ("lacking", "invoice"),
    [
        ("seller_country", invoice_of(line(1000), seller={"country": ""})),
        ("seller_address", invoice_of(line(1000), seller={"address_line1": " "})),
        ("seller_tax_id", invoice_of(line(1000), seller={"tax_identification_number": ""})),
        ("buyer_country", invoice_of(line(1000), buyer={"country": ""})),
        ("buyer_name", invoice_of(line(1000), buyer={"name": "", "legal_name": ""})),
        ("buyer_tax_id", invoice_of(line(1000, REVERSED), buyer={"tax_identification_number": "?"})),
        ("lines", invoice_of()),
        ("decimals", invoice_of(line(1001), currency="KWD")),
        ("taxes", invoice_of(line(0), taxes_amount_cents=1)),
    ],
)
def test_what_the_rules_ask_for_and_is_not_there_is_told(lacking, invoice):
    assert einvoices.lacking(einvoices.trade_of(invoice)) == [lacking]
    assert einvoices.sentence([lacking]).endswith(".")


@pytest.mark.parametrize("country", ["", "XX"])
def test_the_published_rules_find_what_is_wrong(country):
    trade = einvoices.trade_of(invoice_of(line(1000), seller={"country": country}))

    assert any("country" in rule.lower() for rule in broken_rules(einvoices.written(trade)))


@given(owner=OWNERS)
@settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # each takes a tenth of a second
def test_whatever_is_invoiced_and_credited_passes_or_has_too_many_decimals(owner):
    trade = einvoices.trade_of(owner)

    if einvoices.lacking(trade) != ["decimals"]:
        assert broken_rules(einvoice_of(owner)) == []
