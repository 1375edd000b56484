"""What a PDF says, and that nothing in it was run or fetched."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pypdf import PdfReader

from invoicing.documents import pdf
from invoicing.documents.languages import languages
from invoicing.services import documents
from tests.invoicing.documents.invoices import TIERS, make_invoice

pytestmark = pytest.mark.django_db


def pages_of(invoice):
    # Text comes in pieces; what matters is that it is there, so runs of white space count as one.
    found = PdfReader(io.BytesIO(documents.preview(invoice))).pages
    return [" ".join(page.extract_text().split()) for page in found]


def test_a_pdf_says_who_sells_to_whom_what_for_how_much_and_how_to_pay():
    lines = [
        {"name": "Growth", "amount_cents": 19900, "units": "1", "fee_type": "subscription",
         "details": {"plan_amount_cents": 36300, "days": 17, "period_days": 31}},
        {"name": "API calls", "amount_cents": 7412, "units": "4456", "details": TIERS},
        {"name": "Seats", "amount_cents": 8000, "units": "10", "grouped_by": {"region": "eu"}},
    ]  # fmt: skip
    invoice = make_invoice(lines, discount=3531, purchase_order_number="PO-77")

    [text] = pages_of(invoice)

    for expected in (
        "Brightwave GmbH", "Torstraße 140", "10119 Berlin", "Tax ID DE123456788", "Registration no. HRB 123456 B",
        "Alderwood Analytics Ltd", "69002 Lyon", "France", "Tax ID FR12345678901", invoice.number, "PO-77",
        "April 1, 2024", "April 15, 2024", "17 of 31 days", "4,456", "0 to 1,000", "1,001 and above", "€0.02",
        "€69.12", "€74.12", "region: eu", "€8.00", "19%", "Subtotal €353.12", "Discount: Welcome discount -€35.31",
        "Total without tax €317.81", "VAT 19% on €317.81 €60.38", "Total due (EUR) €378.19",
        "within 14 days, by April 15, 2024", "IBAN DE02 1203 0000 0000 2020 51", "Managing director: A. Example",
        "1 / 1",
    ):  # fmt: skip
        assert expected in text, expected
    # The period is March by the customer's calendar, its last day included, though it ends on 31 March in UTC.
    assert "Mar 1 – 31, 2024" in text


def test_all_lines_of_a_long_invoice_are_there_and_each_page_has_the_headings_and_its_number():
    pages = pages_of(make_invoice([{"name": f"Line-{number}."} for number in range(400)]))

    text = " ".join(pages)
    assert [number for number in range(400) if text.count(f"Line-{number}.") != 1] == []
    for number, page in enumerate(pages, start=1):
        assert "Item Units Unit price Tax Amount" in page
        assert f"{number} / {len(pages)}" in page
    # The sums stay with a last line, and in one piece.
    assert "Line-399." in pages[-1]
    assert "Subtotal" in pages[-1]
    assert "Total due (EUR)" in pages[-1]


def test_what_was_typed_is_printed_and_never_run_or_fetched():
    nasty = '<script>alert(1)</script><img src="file:///etc/passwd">{{ 7|add:7 }}{number}</td>'
    invoice = make_invoice(
        [{"name": nasty, "description": nasty, "grouped_by": {nasty: nasty}}],
        buyer={"name": nasty, "legal_name": nasty, "address_line1": 'x" style="background:url(http://127.0.0.1:9)'},
        seller={"payment_instructions": nasty, "invoice_footer": nasty, "logo": "../../etc/passwd"},
        tax=(nasty, "0", nasty),
    )

    text = " ".join(pages_of(invoice))

    # Lines are broken anywhere, so white space says nothing here.
    assert text.replace(" ", "").count(nasty.replace(" ", "")) >= 7


def test_only_packaged_fonts_and_the_stored_logo_are_served():
    name = default_storage.save("logos/logo.svg", ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg'/>"))
    own = pdf.OwnFiles(name)

    assert own.fetch("font:Inter-Regular.ttf").read()
    assert own.fetch(pdf.LOGO_URL).read().startswith(b"<svg")
    for address in ("file:///etc/passwd", "http://127.0.0.1/", "font:../../manage.py", "data:text/plain,x", "logo:x"):
        with pytest.raises(ValueError, match="fetch nothing"):
            own.fetch(address)
    with pytest.raises(ValueError, match="fetch nothing"):
        pdf.OwnFiles().fetch(pdf.LOGO_URL)


@pytest.mark.parametrize(
    ("_case", "name", "font"),
    [
        ("Greek", "Ελληνική Εταιρεία", "Inter"),
        ("Cyrillic", "Общество «Горизонт»", "Inter"),
        ("Arabic", "شركة الأفق", "Noto-Sans-Arabic"),
        ("Hebrew", "חברת אופק", "Noto-Sans-Hebrew"),
        ("Japanese", "株式会社青空データ髙橋", "Noto-Sans-JP"),
    ],
)
def test_names_in_other_scripts_are_written_with_a_packaged_font(_case, name, font, caplog):
    invoice = make_invoice([{}], buyer={"name": name, "legal_name": ""})

    reader = PdfReader(io.BytesIO(documents.preview(invoice)))

    fonts = {str(item.get_object()["/BaseFont"]) for item in reader.pages[0]["/Resources"]["/Font"].values()}
    assert any(font in used for used in fonts)
    assert [record for record in caplog.records if "notdef" in record.message] == []


@pytest.mark.parametrize(
    ("currency", "locale", "total"),
    [
        ("EUR", "de", "1.190,00 €"),
        ("JPY", "en", "¥119,000"),
        ("KWD", "en", "KWD 119.000"),
        ("RSD", "en", "RSD 1,190.00"),
        ("EUR", "pt-BR", "€ 1.190,00"),
        ("EUR", "fr", "1 190,00 €"),
        ("EUR", "tlh", "€1,190.00"),
    ],
)
def test_amounts_have_the_decimals_of_the_currency_in_the_way_of_the_language(currency, locale, total):
    [text] = pages_of(make_invoice([{"amount_cents": 100_000}], currency=currency, locale=locale))

    assert total in text


@pytest.mark.parametrize("locale", sorted(languages()))
def test_every_language_prints_every_kind_of_line(locale):
    details = [
        TIERS,
        {"graduated_percentage_ranges": [TIERS["graduated_ranges"][0] | {"rate": "1.5"}]},
        {"free_units": "100.0", "paid_units": "180.0", "per_package_size": 100, "per_package_unit_amount": "2.0"},
        {"free_units": "5.0", "free_events": 2, "paid_units": "10.0", "rate": "2.9", "per_unit_total_amount": "29.0",
         "paid_events": 12, "fixed_fee_unit_amount": "0.3", "fixed_fee_total_amount": "3.6",
         "min_max_adjustment_total_amount": "2.6"},
        {"flat_unit_amount": "5.0", "per_unit_amount": "0.1", "per_unit_total_amount": "10.0"},
        {"days": 1, "period_days": 31},
        {"unknown": True},
    ]  # fmt: skip
    invoice = make_invoice([{"details": item} for item in details], discount=10, locale=locale)

    text = " ".join(pages_of(invoice))

    assert invoice.number in text
    assert "{" not in text


@pytest.mark.parametrize(("status", "stamp"), [("draft", "DRAFT"), ("voided", "VOID")])
def test_what_is_not_final_or_no_more_valid_says_so_and_does_not_ask_to_pay(status, stamp):
    [text] = pages_of(make_invoice([{}], status=status))

    assert stamp in text.upper()
    assert "How to pay" not in text
