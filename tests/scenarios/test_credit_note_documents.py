"""Credit notes as PDFs and by mail."""

import pytest
from django.core import mail as outgoing

from invoicing.documents.credit_notes import note_page
from invoicing.documents.languages import words_for
from invoicing.models import CreditNote, CreditNoteDocument, Invoice
from invoicing.selectors.documents import whole_note
from tests.scenarios.test_credit_notes import ask
from tests.scenarios.test_documents import text_of


@pytest.fixture
def invoice(world, subscribed):
    world.post("/customers", {"customer": {"external_id": "cust", "name": "Ada & Co", "email": "a@x.example"}})
    world.travel_to("2024-03-15T13:00:00Z")
    world.run_clock()
    key = world.get("/invoices?external_customer_id=cust")["invoices"][0]["lago_id"]
    return world.get(f"/invoices/{key}")["invoice"]


def test_a_note_is_downloaded_as_a_pdf_that_is_made_once(world, invoice):
    note = ask(world, invoice, 2000, credit_amount_cents=2400, description="With apologies")["credit_note"]
    assert note["file_url"] is None

    world.post(f"/credit_notes/{note['lago_id']}/download", {})
    answers = [
        world.post(f"/credit_notes/{note['lago_id']}/{verb}", {})["credit_note"]
        for verb in ("download", "download_pdf")
    ]

    assert answers[0]["file_url"] == answers[1]["file_url"]
    response = world.client.get(answers[0]["file_url"])
    assert response["Content-Type"] == "application/pdf"
    text = text_of(response.getvalue())
    for told in ("Credit note", note["number"], invoice["number"], "Ada & Co", "€24.00", "With apologies"):
        assert told in text, told
    assert CreditNoteDocument.objects.count() == 1
    wrong = answers[0]["file_url"].replace("/credit_notes/", "/invoices/")
    assert world.client.get(wrong).status_code == 404


def test_a_void_note_gets_a_new_version_with_a_stamp(world, invoice):
    note = ask(world, invoice, 2000, credit_amount_cents=2400)["credit_note"]
    world.post(f"/credit_notes/{note['lago_id']}/download", {})
    world.travel_to("2024-03-16T13:00:00Z")
    world.put(f"/credit_notes/{note['lago_id']}/void", {})

    url = world.post(f"/credit_notes/{note['lago_id']}/download", {})["credit_note"]["file_url"]

    assert "VOID" in text_of(world.client.get(url).getvalue())
    assert [row.version for row in CreditNoteDocument.objects.order_by("pk")] == [1, 2]


def test_it_is_mailed_when_it_is_made_if_its_entity_wants_that(world, invoice):
    outgoing.outbox.clear()
    ask(world, invoice, 1000, credit_amount_cents=1200)
    world.run_clock()
    entity = world.get("/billing_entities")["billing_entities"][0]["code"]
    world.put(f"/billing_entities/{entity}", {"billing_entity": {"email_settings": ["invoice.finalized"]}})
    ask(world, invoice, 1000, credit_amount_cents=1200)
    world.run_clock()

    [message] = outgoing.outbox
    number = f"{invoice['number']}-CN001"
    assert (message.to, message.subject) == (["a@x.example"], f"Credit note {number} from {invoice_seller()}")
    [(name, content, kind)] = message.attachments
    assert (name, kind) == (f"{number}.pdf", "application/pdf")
    assert number in text_of(content)


def invoice_seller():
    seller = Invoice.objects.latest("pk").seller
    return seller["legal_name"] or seller["name"]


@pytest.mark.parametrize("locale", ["en", "de", "fr", "es", "it", "pt", "ja"])
def test_it_adds_up_and_is_told_in_every_language(world, invoice, locale):
    coupon = {"code": "x", "coupon_type": "percentage", "percentage_rate": "33.3"}
    world.post("/coupons", {"coupon": {"name": "X", "frequency": "forever", "expiration": "no_expiration", **coupon}})
    world.post("/applied_coupons", {"applied_coupon": {"external_customer_id": "cust", "coupon_code": "x"}})
    world.post(
        "/customers", {"customer": {"external_id": "cust", "billing_configuration": {"document_locale": locale}}}
    )
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    key = world.get("/invoices?external_customer_id=cust")["invoices"][0]["lago_id"]
    ask(world, world.get(f"/invoices/{key}")["invoice"], 999, offset_amount_cents=800)

    note = whole_note(CreditNote.objects.get().pk)
    page = note_page(note)

    words, _ = words_for(locale)
    assert (page.title, page.language) == (words.credit_note, locale)
    assert note.invoice.number in page.summary
    assert len(page.sums) == 4  # items, coupons, without tax, tax
    assert note.sub_total_excluding_taxes_amount_cents + note.taxes_amount_cents == note.total_amount_cents
