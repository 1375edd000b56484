"""What staff see of documents and mails."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from billing_site.core import mail
from billing_site.core.models import Email
from invoicing.models import Invoice


def signed_in():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff", password="a long password"))
    return client


@pytest.mark.usefixtures("subscribed")
def test_staff_open_a_pdf_and_mail_it_again(world):
    world.travel_to("2024-04-01T03:00:00Z")
    world.run_clock()
    invoice, staff = Invoice.objects.latest("pk"), signed_in()

    page = staff.get(reverse("admin:invoicing_invoice_change", args=[invoice.pk]))
    pdf = staff.get(reverse("admin:invoicing_invoice_pdf", args=[invoice.pk]))
    address = reverse("admin:invoicing_invoice_do", args=[invoice.pk, "mail-again"])
    bad = staff.post(address, {"to": "nobody", "confirm": "", "reason": ""})
    rehearsed = staff.post(address, {"to": "b@x.example", "rehearse": "", "reason": ""})
    before = Email.objects.count()
    sent = staff.post(address, {"to": "b@x.example", "confirm": "", "reason": "They lost it"})

    assert reverse("admin:invoicing_invoice_pdf", args=[invoice.pk]) in page.content.decode()
    assert pdf.getvalue().startswith(b"%PDF")
    assert (bad.status_code, rehearsed.status_code, before) == (200, 200, 0)
    assert sent.status_code == 302
    assert Email.objects.get().recipients == ["b@x.example"]
    email = Email.objects.get()
    file = staff.get(reverse("admin:core_email_attachment", args=[email.pk, 0]))
    assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert Client().get(reverse("admin:invoicing_invoice_pdf", args=[invoice.pk])).status_code == 302


@pytest.mark.usefixtures("world")
def test_a_mail_is_read_as_it_was_written_and_nothing_in_it_runs():
    html, text = '<p onclick="x()">"Hello"</p><script>alert(1)</script>', "<b>Hello</b>"
    now = Email._meta.get_field("created_at").to_python("2024-03-05T12:00:00Z")
    email = mail.queue(mail.Message(["a@x.example"], "Hi", text, html), key="k", now=now)

    page = signed_in().get(reverse("admin:core_email_change", args=[email.pk])).content.decode()

    assert "<iframe sandbox " in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    assert "&lt;b&gt;Hello&lt;/b&gt;" in page
