"""Invoices as PDFs and by mail, told over HTTP and the clock."""

import io

import pytest
from pypdf import PdfReader

from invoicing.models import InvoiceDocument


def text_of(content):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.fixture
def invoice(world, subscribed):
    """The invoice of April."""
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    return world.get("/invoices?external_customer_id=cust")["invoices"][0]


def test_an_invoice_is_downloaded_as_a_pdf_that_is_made_once(world, invoice):
    assert invoice["file_url"] is None

    first = world.post(f"/invoices/{invoice['lago_id']}/download", {})["invoice"]
    second = world.post(f"/invoices/{invoice['lago_id']}/download_pdf", {})["invoice"]

    response = world.client.get(second["file_url"])
    assert response["Content-Type"] == "application/pdf"
    assert invoice["number"] in text_of(response.getvalue())
    assert first["file_url"] == second["file_url"]
    assert list(InvoiceDocument.objects.values_list("version", flat=True)) == [1]
