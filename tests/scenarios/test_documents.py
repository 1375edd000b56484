"""Invoices as PDFs and by mail, told over HTTP and the clock."""

import io
import socket

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core import mail as outgoing
from django.core.management import call_command
from pypdf import PdfReader

from billing_site.core import rehearsal
from billing_site.core.models import Activity, Email
from invoicing.models import Invoice, InvoiceDocument
from invoicing.services import documents, mailing


def text_of(content):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.fixture
def addressed(world, subscribed):
    world.post("/customers", {"customer": {"external_id": "cust", "name": "Ada & Co", "email": "a@x.example"}})


@pytest.fixture
def invoice(world, subscribed):
    """The invoice of April; the one of March is there too."""
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


def test_a_link_opens_for_some_days_and_only_if_it_was_made_here(world, invoice):
    url = world.post(f"/invoices/{invoice['lago_id']}/download", {})["invoice"]["file_url"]
    token = url.split("/")[-2]

    forged = world.client.get(url.replace(token, token[:-1] + "!"))
    with time_machine.travel("2024-06-01T00:00:00Z", tick=False):
        expired = world.client.get(url)

    assert (forged.status_code, expired.status_code) == (404, 410)


def test_a_draft_has_no_document_yet(world, subscribed):
    configuration = {"invoice_grace_period": 5}
    world.post("/customers", {"customer": {"external_id": "cust", "billing_configuration": configuration}})
    world.travel_to("2024-03-15T13:00:00Z")
    world.run_clock()
    draft = world.get("/invoices?external_customer_id=cust")["invoices"][0]

    for verb in ("download", "resend_email"):
        assert world.post(f"/invoices/{draft['lago_id']}/{verb}", {}, status=405)["code"] == "is_draft"
    assert not InvoiceDocument.objects.exists()
    assert documents.preview(Invoice.objects.get()).startswith(b"%PDF")


@pytest.mark.usefixtures("addressed", "invoice")
def test_a_final_invoice_is_mailed_once_with_its_pdf(world):
    world.run_clock()

    message = outgoing.outbox[-1]
    number = Invoice.objects.latest("pk").number
    assert len(outgoing.outbox) == Invoice.objects.count() == 2
    assert (message.to, message.subject) == (["a@x.example"], f"Invoice {number} from Acme")
    assert "Ada & Co" in message.body
    assert "Ada &amp; Co" in message.alternatives[0][0]
    [(name, content, kind)] = message.attachments
    assert (name, kind) == (f"{number}.pdf", "application/pdf")
    assert number in text_of(content)


@pytest.mark.usefixtures("invoice")
def test_without_an_address_or_the_wish_of_the_entity_nothing_is_mailed(world):
    assert not outgoing.outbox

    invoice = Invoice.objects.latest("pk")
    invoice.customer.email, invoice.billing_entity.email_settings = "a@x.example", []
    assert mailing.send_finalized(invoice, now=invoice.created_at) is None

    invoice.billing_entity.email_settings = ["invoice.finalized"]
    seen = rehearsal.rehearse(
        lambda: mailing.send_finalized(invoice, now=invoice.created_at), lambda _: Email.objects.count(),
        now=invoice.created_at,
    )  # fmt: skip
    assert (seen, InvoiceDocument.objects.count()) == (0, 0)


class Receiver:
    """A mail server that refuses its first message."""

    def __init__(self):
        self.tried, self.taken = [], []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.tried.append(envelope.content)
        if len(self.tried) == 1:
            return "451 try again later"
        self.taken.append(envelope)
        return "250 OK"


def message_id(content):
    return next(line for line in content.splitlines() if line.lower().startswith(b"message-id:"))


@pytest.fixture
def receiver(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    receiver = Receiver()
    controller = Controller(receiver, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield receiver
    controller.stop()


@pytest.mark.usefixtures("addressed")
def test_a_server_that_refuses_gets_the_same_message_again_and_once(world, receiver):
    world.travel_to("2024-03-15T13:00:00Z")
    world.run_clock()
    assert [email.state for email in Email.objects.all()] == ["pending"]
    world.travel_to("2024-03-15T14:00:00Z")
    call_command("drain")
    call_command("drain")

    assert len({message_id(content) for content in receiver.tried}) == 1
    assert (len(receiver.tried), len(receiver.taken)) == (2, 1)
    assert receiver.taken[0].rcpt_tos == ["a@x.example"]
    assert b"application/pdf" in receiver.taken[0].content
    assert [email.state for email in Email.objects.all()] == ["sent"]


def test_an_invoice_is_mailed_again_to_whom_the_request_names(world, invoice):
    path = f"/invoices/{invoice['lago_id']}/resend_email"

    refused = world.post(path, {}, status=422)
    bad = world.post(path, {"to": ["no address"]}, status=422)
    response = world.client.post(
        f"/api/v1{path}", '{"to": ["b@x.example"], "cc": ["c@x.example"], "bcc": null}', content_type="application/json"
    )
    world.run_clock()

    assert refused["error_details"] == {"to": ["value_is_mandatory"]}
    assert bad["status"] == 422
    assert (response.status_code, response.content) == (200, b"")
    assert [(message.to, message.cc) for message in outgoing.outbox] == [(["b@x.example"], ["c@x.example"])]
    assert Activity.objects.filter(type="invoice.mailed_again").count() == 1
