"""A customer's portal as staff reach it: opened in their own name, sent to the customer, ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import Facts
from billing_site.portal import mailing
from customers.models import Customer
from customers.services import portal_links


def portal_panel(customer: Customer) -> Facts:
    """Return the way into the portal of a customer."""
    address = reverse("portal:enter-as-staff", args=[customer.lago_id])
    link = format_html('<a href="{}" target="_blank" rel="noopener">Open it</a>', address)
    note = "In your name; it stands in the history." if customer.deleted_at is None else "The customer is deleted."
    return Facts("Portal", [("What the customer sees", link if customer.deleted_at is None else "–", note)])


class NothingForm(ActionForm):
    """Asks for nothing but why."""


@staff_action
class SendPortalLink(StaffAction):
    slug, title, icon, confirm = "send-portal-link", "Send the portal link", "forward_to_inbox", "Send it"
    subject, form = Customer, NothingForm
    permission, activity_type = "core.serve_customers", "customer.portal_link_sent"
    takes_reason = False
    place = 7

    def obstacle(self, subject: Customer, *, now: datetime) -> str:
        if subject.deleted_at is not None:
            return "The customer is deleted."
        return "" if subject.emails else "The customer has no e-mail address."

    def note(self, subject: Customer, *, now: datetime) -> str:
        return f"A link that opens the portal goes to {', '.join(subject.emails)}."

    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return mailing.send_link(subject, now=now)

    def result(self, subject: Customer) -> str:
        return "The link is on its way."


@staff_action
class EndPortalLinks(StaffAction):
    slug, title, icon, confirm = "end-portal-links", "End portal links", "link_off", "End them"
    subject, form = Customer, NothingForm
    permission, activity_type = "core.serve_customers", "customer.portal_links_ended"
    reasons = ("A link went to the wrong person",)
    warning = "Whoever is in the portal now is out of it. A new link opens it again."
    place = 9

    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return portal_links.end_all(subject, now=now, reason=reason)

    def result(self, subject: Customer) -> str:
        return "All links to the portal have ended."
