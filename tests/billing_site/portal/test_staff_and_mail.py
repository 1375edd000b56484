"""How a link reaches a customer: over the API and by mail; and how staff take it back."""

import re
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from billing_site.core import api_keys
from billing_site.core.errors import Invalid
from billing_site.core.models import Activity, Email
from billing_site.portal import mailing
from customers.models import Customer
from customers.services import customers
from tests.billing_site.portal.conftest import NOW


@pytest.fixture
def clerk(guest):
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("clerk", password="a long password"))
    return client


def act(client, customer, slug, **answers):
    address = reverse("admin:customers_customer_do", args=[customer.pk, slug])
    return client.post(address, {"confirm": "1", "reason": "", **answers})


def test_the_api_answers_a_link(guest):
    _, key = api_keys.create(name="test", now=NOW)
    client = Client(headers={"Authorization": f"Bearer {key}"})

    answer = client.get("/api/v1/customers/customer-0/portal_url")
    unknown = client.get("/api/v1/customers/nobody/portal_url")

    assert answer.status_code == 200
    path = urlsplit(answer.json()["customer"]["portal_url"]).path
    assert Client().get(path)["Location"] == guest.address("home")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "customer_not_found")


def test_a_link_is_mailed_in_the_customer_s_language_and_opens_the_portal(guest, clerk):
    customers.upsert("customer-0", now=NOW, document_locale="de")

    answer = act(clerk, guest.customer, "send-portal-link")

    assert answer.status_code == 302
    mail = Email.objects.get(key__startswith="portal_link:")
    assert (mail.recipients, mail.customer_id) == (["people@example.com"], guest.customer.pk)
    [path] = re.findall(r"https?://[^/]+(/portal/enter/\S+)", mail.text)
    assert Client().get(path)["Location"] == guest.address("home")
    assert Activity.objects.get(type="customer.portal_link_sent").actor_label == "clerk"


def test_nobody_is_mailed_without_an_address(guest, clerk):
    customers.upsert("customer-0", now=NOW, email="")
    guest.customer.refresh_from_db()

    act(clerk, guest.customer, "send-portal-link")
    with pytest.raises(Invalid):
        mailing.send_link(guest.customer, now=NOW)

    assert not Email.objects.filter(key__startswith="portal_link:").exists()


def test_staff_end_links_with_a_reason(guest, clerk):
    assert act(clerk, guest.customer, "end-portal-links", reason="Went astray").status_code == 302

    guest.see("home", status=403)
    assert Customer.objects.get(pk=guest.customer.pk).portal_generation == 1
    assert Activity.objects.get(type="customer.portal_links_ended").reason == "Went astray"


def test_the_customer_s_page_leads_to_the_portal(guest, clerk):
    page = clerk.get(reverse("admin:customers_customer_change", args=[guest.customer.pk])).content.decode()

    assert reverse("portal:enter-as-staff", args=[guest.customer.lago_id]) in page
