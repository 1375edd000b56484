"""What staff do with webhook endpoints: each calls the service that the API calls."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from billing_site.core import encryption
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.forms import ActionForm, one_of, text
from billing_site.core.models import Organization
from webhooks import catalogue
from webhooks.models import WebhookEndpoint
from webhooks.services import endpoints


class EndpointForm(ActionForm):
    webhook_url = text("Address", max_length=2048, help_text="https, at port 443 or 8443.")
    name = text("Name", max_length=255, required=False)
    signature_algo = one_of("Signed by", WebhookEndpoint.Algorithm.choices, initial=WebhookEndpoint.Algorithm.HMAC)
    event_types = text(
        "Is told of", required=False, max_length=4000,
        help_text="Types with commas between, for example invoice.created, customer.updated; empty for everything.",
    )  # fmt: skip

    def clean_event_types(self) -> list[str] | None:
        """Return the types; none said means all."""
        types = [part.strip() for part in self.cleaned_data["event_types"].split(",") if part.strip()]
        if unknown := sorted(set(types) - catalogue.KNOWN_TYPES):
            raise forms.ValidationError(f"There is no {', '.join(unknown)}.")
        return types or None


class _AboutEndpoint(StaffAction):
    subject, form, permission = WebhookEndpoint, ActionForm, "core.administer"

    def obstacle(self, subject: WebhookEndpoint, *, now: datetime) -> str:
        return "This endpoint was taken away." if subject.deleted_at else ""


@staff_action
class AddEndpoint(StaffAction):
    slug, title, icon = "add-webhook-endpoint", "Add a webhook endpoint", "webhook"
    subject, form, permission = Organization, EndpointForm, "core.administer"
    activity_type = "webhook_endpoint.created"

    def perform(self, subject: Organization, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return endpoints.create(now=now, **answers)

    def result(self, subject: Organization) -> str:
        return "The endpoint is there (Webhooks, Endpoints); its page shows the secret to those who ask."


@staff_action
class ChangeEndpoint(_AboutEndpoint):
    slug, title, icon = "change", "Change", "edit"
    form, activity_type = EndpointForm, "webhook_endpoint.updated"

    def initial(self, subject: WebhookEndpoint, *, now: datetime) -> dict[str, Any]:
        return {
            "webhook_url": subject.webhook_url,
            "name": subject.name,
            "signature_algo": subject.signature_algo,
            "event_types": ", ".join(subject.event_types or []),
        }

    def perform(self, subject: WebhookEndpoint, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return endpoints.update(subject, now=now, **answers)


@staff_action
class Resume(_AboutEndpoint):
    slug, title, icon = "let-go-on", "Let it go on", "play_arrow"
    activity_type = "webhook_endpoint.resumed"

    def obstacle(self, subject: WebhookEndpoint, *, now: datetime) -> str:
        is_parked = subject.state == WebhookEndpoint.State.PARKED
        return super().obstacle(subject, now=now) or ("" if is_parked else "It is not parked.")

    def perform(self, subject: WebhookEndpoint, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return endpoints.resume(subject, now=now, reason=reason)

    def result(self, subject: WebhookEndpoint) -> str:
        return "What waited is being sent. What was given up meanwhile is sent again from the list of deliveries."


@staff_action
class ShowSecret(_AboutEndpoint):
    slug, title, icon = "show-secret", "Show the secret", "visibility"
    activity_type = "webhook_endpoint.secret_shown"

    def perform(self, subject: WebhookEndpoint, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return endpoints.note_secret_shown(subject, now=now, reason=reason)

    def result(self, subject: WebhookEndpoint) -> str:
        return f"The secret is {encryption.decrypt(subject.secret)}"


@staff_action
class NewSecret(_AboutEndpoint):
    slug, title, icon = "new-secret", "Give it a new secret", "key"
    activity_type = "webhook_endpoint.secret_rotated"
    warning = (
        "The secret before signs besides the new one for a day (in the Standard Webhooks headers), then no longer."
    )

    def perform(self, subject: WebhookEndpoint, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return endpoints.rotate_secret(subject, now=now, reason=reason)

    def result(self, subject: WebhookEndpoint) -> str:
        return f"The new secret is {encryption.decrypt(subject.secret)}"


@staff_action
class TakeAway(_AboutEndpoint):
    slug, title, icon = "take-away", "Take away", "delete"
    activity_type = "webhook_endpoint.deleted"
    warning = "What still waits for it is given up."

    def perform(self, subject: WebhookEndpoint, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return endpoints.delete(subject, now=now, reason=reason)
