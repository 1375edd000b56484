"""E-invoices over HTTP and for staff: within the PDF, and beside it."""

import io

import pytest
from django.core import mail as outgoing
from django.urls import reverse
from pypdf import PdfReader

from customers.models import BillingEntity
from invoicing.documents import einvoices
from invoicing.models import CreditNote, Invoice, InvoiceXml
from tests.invoicing.documents.einvoices.published import broken_rules, told
from tests.scenarios.test_credit_notes import ask
from tests.scenarios.test_documents_for_staff import signed_in

COMPANY = {
    "einvoicing": True, "country": "DE", "address_line1": "Torstraße 140", "city": "Berlin",
    "tax_identification_number": "DE123456788",
}  # fmt: skip


def change_entity(world, **values):
    code = BillingEntity.objects.get().code
    world.put(f"/billing_entities/{code}", {"billing_entity": values})


def billed(world):
    customer = {"external_id": "cust", "name": "Ada & Co", "email": "a@x.example", "country": "FR"}
    world.post("/customers", {"customer": customer})
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    return world.get("/invoices?external_customer_id=cust")["invoices"][0]


@pytest.fixture
def invoice(world, subscribed):
    """The invoice of April of a company that issues e-invoices."""
    change_entity(world, **COMPANY)
    return billed(world)


def embedded_in(pdf):
    """Return the files that a PDF carries."""
    return {name: content for name, [content] in PdfReader(io.BytesIO(pdf)).attachments.items()}


def fetched(world, url):
    return world.client.get(url).getvalue()


def test_the_pdf_carries_one_and_another_is_beside_it_and_both_are_valid(world, invoice):
    key = invoice["lago_id"]
    shown = world.post(f"/invoices/{key}/download", {})["invoice"]
    again = world.post(f"/invoices/{key}/download_xml", {})["invoice"]

    answer = world.client.get(shown["xml_url"])
    embedded = embedded_in(fetched(world, shown["file_url"]))
    einvoice = einvoices.EInvoice(cii=embedded.pop("factur-x.xml"), ubl=answer.getvalue())
    assert answer["Content-Type"] == "application/xml"
    assert answer["Content-Disposition"].startswith("attachment")
    assert embedded == {}
    assert broken_rules(einvoice) == []
    assert told(einvoice, "cii", "number") == told(einvoice, "ubl", "number") == [invoice["number"]]
    assert again["xml_url"] == shown["xml_url"]
    assert InvoiceXml.objects.filter(invoice__lago_id=key).count() == 1
    assert world.client.get(shown["xml_url"].replace("/xml/invoices/", "/invoices/")).status_code == 404


@pytest.mark.usefixtures("invoice")
def test_the_mail_carries_it_in_its_pdf():
    [(_, content, _)] = outgoing.outbox[-1].attachments

    assert list(embedded_in(content)) == ["factur-x.xml"]


def test_it_can_be_had_alone_before_there_is_a_pdf(world, subscribed):
    change_entity(world, **COMPANY, email_settings=[])
    key = billed(world)["lago_id"]

    shown = world.post(f"/invoices/{key}/download_xml", {})["invoice"]

    assert shown["file_url"] is None
    assert b"<cbc:ID>" in fetched(world, shown["xml_url"])


def test_a_credit_note_has_one_too(world, invoice):
    note = ask(world, world.get(f"/invoices/{invoice['lago_id']}")["invoice"], 2000, credit_amount_cents=2400)
    address = f"/credit_notes/{note['credit_note']['lago_id']}"

    beside = world.post(f"{address}/download_xml", {})["credit_note"]["xml_url"]
    pdf = fetched(world, world.post(f"{address}/download", {})["credit_note"]["file_url"])

    einvoice = einvoices.EInvoice(cii=embedded_in(pdf)["factur-x.xml"], ubl=fetched(world, beside))
    assert broken_rules(einvoice) == []
    assert told(einvoice, "ubl", "earlier") == [invoice["number"]]
    assert told(einvoice, "ubl", "due") == ["24.00"]


def test_a_void_invoice_keeps_what_it_was_and_its_stamped_pdf_carries_none(world, invoice):
    key = invoice["lago_id"]
    before = world.post(f"/invoices/{key}/download", {})["invoice"]
    world.travel_to("2024-04-02T03:00:00Z")
    world.post(f"/invoices/{key}/void", {})

    after = world.post(f"/invoices/{key}/download", {})["invoice"]

    assert embedded_in(fetched(world, after["file_url"])) == {}
    assert fetched(world, after["xml_url"]) == fetched(world, before["xml_url"])


def test_a_company_that_issues_none_has_none_and_says_so(world, subscribed):
    key = billed(world)["lago_id"]

    shown = world.post(f"/invoices/{key}/download", {})["invoice"]
    refused = world.post(f"/invoices/{key}/download_xml", {}, status=405)

    assert shown["xml_url"] is None
    assert embedded_in(fetched(world, shown["file_url"])) == {}
    assert refused["code"] == "einvoicing_is_off"


def test_what_is_lacking_is_told_and_the_pdf_is_there_without(world, subscribed):
    change_entity(world, **COMPANY | {"tax_identification_number": "", "country": ""})
    key = billed(world)["lago_id"]

    shown = world.post(f"/invoices/{key}/download", {})["invoice"]
    refused = world.post(f"/invoices/{key}/download_xml", {}, status=422)

    assert embedded_in(fetched(world, shown["file_url"])) == {}
    assert refused["error_details"] == {
        "seller_country": ["value_is_mandatory"], "seller_tax_id": ["value_is_mandatory"],
    }  # fmt: skip
    page, staff = Invoice.objects.get(lago_id=key), signed_in()
    seen = staff.get(reverse("admin:invoicing_invoice_change", args=[page.pk])).content.decode()
    assert "The seller has no country. The seller has no tax id." in seen
    back = staff.get(reverse("admin:invoicing_invoice_xml", args=[page.pk]), follow=True)
    assert [str(told) for told in back.context["messages"]] == ["The seller has no country. The seller has no tax id."]


def test_a_draft_has_none_yet(world, subscribed):
    change_entity(world, **COMPANY)
    configuration = {"invoice_grace_period": 5}
    world.post("/customers", {"customer": {"external_id": "cust", "billing_configuration": configuration}})
    world.travel_to("2024-03-15T13:00:00Z")
    world.run_clock()
    draft = world.get("/invoices?external_customer_id=cust")["invoices"][0]

    assert world.post(f"/invoices/{draft['lago_id']}/download_xml", {}, status=405)["code"] == "is_draft"
    seen = signed_in().get(reverse("admin:invoicing_invoice_change", args=[Invoice.objects.get().pk]))
    assert "A draft has no e-invoice yet." in seen.content.decode()


def test_staff_save_those_of_invoices_and_credit_notes(world, invoice):
    ask(world, world.get(f"/invoices/{invoice['lago_id']}")["invoice"], 2000, credit_amount_cents=2400)
    staff = signed_in()

    for kind, owner in (("invoice", Invoice.objects.latest("pk")), ("creditnote", CreditNote.objects.get())):
        address = reverse(f"admin:invoicing_{kind}_xml", args=[owner.pk])
        page = staff.get(reverse(f"admin:invoicing_{kind}_change", args=[owner.pk]))
        saved = staff.get(address)
        assert address in page.content.decode()
        assert owner.number.encode() in saved.getvalue()
        assert saved["Content-Disposition"].endswith(f'"{owner.number}.xml"')
        assert world.client.get(address).status_code == 302
