"""Mails to staff about endpoints that are called no more."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse

from billing_site.core import mail
from billing_site.core.models import Email
from webhooks.models import WebhookEndpoint

MAY = "webhooks.change_webhookendpoint"


def tell_of_parking(endpoint: WebhookEndpoint, reason: str, *, key: str, now: datetime) -> Email | None:
    """Tell those of the staff who may let an endpoint go on that it is parked, once for each `key`."""
    people = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(email="").order_by("pk")
    addresses = [person.email for person in people if person.has_perm(MAY)]
    if not addresses:
        return None
    page = reverse("admin:webhooks_webhookendpoint_change", args=[endpoint.pk])
    text = (
        f"{endpoint.webhook_url} has not taken webhooks for days, or says that it is gone: {reason or 'no answer'}.\n\n"
        f"Nothing is sent there until you let it go on: {settings.BASE_URL}{page}\n"
    )
    message = mail.Message(addresses, "A webhook endpoint is parked", text)
    return mail.queue(message, key=key, about=endpoint, now=now)
