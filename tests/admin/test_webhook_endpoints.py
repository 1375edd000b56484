import re

import pytest
from django.urls import reverse
from django.utils import timezone

from billing_site.core import dispatch, encryption
from billing_site.core.models import Activity, Organization
from customers.services import customers
from tests.webhooks.receivers import listening
from webhooks.models import Delivery, WebhookEndpoint
from webhooks.services import deliveries


@pytest.fixture
def endpoint(company, settings):
    """An endpoint that staff have added."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with listening(500, 200) as receiver:
        answers = {"webhook_url": receiver.url, "signature_algo": "hmac", "event_types": "customer.created"}
        done = act(company, Organization.objects.get(), "add-webhook-endpoint", **answers)
        assert done.status_code == 302
        yield WebhookEndpoint.objects.get()


def act(company, subject, slug, **answers):
    name = f"admin:{subject._meta.app_label}_{subject._meta.model_name}_do"
    return company.post(reverse(name, args=[subject.pk, slug]), {**answers, "confirm": "1"})


def test_staff_see_what_was_told_and_send_again_what_failed(company, endpoint):
    customers.upsert("new", now=timezone.now(), name="New")
    dispatch.run_pending(now=timezone.now())
    deliveries.deliver_due(now=timezone.now())
    delivery = Delivery.objects.get()
    page = company.get(reverse("admin:webhooks_delivery_change", args=[delivery.pk])).content.decode()
    assert "answered 500" in page
    assert "&quot;external_id&quot;: &quot;new&quot;" in page

    chosen = {"action": "send_again", "_selected_action": [delivery.pk]}
    company.post(reverse("admin:webhooks_delivery_changelist"), chosen)
    deliveries.deliver_due(now=timezone.now())

    assert Delivery.objects.get().state == "delivered"
    assert [row.status for row in delivery.tries.order_by("id")] == [500, 200]


def test_a_secret_is_shown_to_who_asks_and_that_is_kept(company, endpoint):
    page = reverse("admin:webhooks_webhookendpoint_change", args=[endpoint.pk])
    secret = encryption.decrypt(endpoint.secret)
    assert "whsec_" not in company.get(page).content.decode()

    shown = company.get(act(company, endpoint, "show-secret", reason="For the receiver").url).content.decode()

    assert secret in re.sub("&#x2B;|&#43;", "+", shown)
    assert Activity.objects.get(type="webhook_endpoint.secret_shown").reason == "For the receiver"
    assert secret not in company.get(page).content.decode()


def test_what_fails_stands_on_the_home_page_until_it_is_let_go_on(company, endpoint):
    WebhookEndpoint.objects.update(state="parked", failures=9)
    assert "Webhook endpoints that fail" in company.get(reverse("admin:index")).content.decode()

    act(company, endpoint, "let-go-on")

    assert "Webhook endpoints that fail" not in company.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("answers", [
    {"webhook_url": "http://169.254.169.254/"}, {"webhook_url": "nonsense"},
    {"webhook_url": "https://ok.example.com/", "event_types": "invoice.nonsense"},
])  # fmt: skip
def test_what_is_not_an_endpoint_is_refused_with_the_reason(company, answers):
    given = {"signature_algo": "jwt", **answers}

    refused = act(company, Organization.objects.get(), "add-webhook-endpoint", **given)

    assert refused.status_code == 200
    assert not WebhookEndpoint.objects.exists()
