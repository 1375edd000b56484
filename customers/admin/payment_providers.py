"""Accounts at payment providers for staff: which there are, and connecting one. Secrets are never shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import StaffAdmin
from billing_site.core.admin.forms import ActionForm, text
from billing_site.core.models import Organization
from customers.models import PaymentMethod, PaymentProvider
from customers.services import payment_providers


@admin.register(PaymentProvider)
class PaymentProviderAdmin(StaffAdmin):
    list_display = ("name", "code", "events_fetched_at", "deleted_at")
    exclude = ("encrypted_key", "encrypted_webhook_secrets")
    empty_says = "“Connect Stripe” on the company's page connects an account."


@admin.register(PaymentMethod)
class PaymentMethodAdmin(StaffAdmin):
    list_display = ("__str__", "customer", "provider", "is_default", "deleted_at")
    list_select_related = ("customer", "provider")
    search_fields = ("customer__name__istartswith", "customer__external_id__istartswith")
    empty_says = "Customers store a card at the address of POST /api/v1/customers/ID/checkout_url."


class ConnectionForm(ActionForm):
    secrets = ("webhook_secrets",)
    code = text("Code", max_length=255, help_text="How customers name this account: payment_provider_code.")
    name = text("Name", max_length=255, required=False)
    key = forms.CharField(label="Secret key", widget=UnfoldAdminPasswordWidget, help_text="It begins with sk_ or rk_.")
    webhook_secrets = forms.CharField(
        label="Secrets of webhooks", widget=UnfoldAdminTextareaWidget, required=False, help_text="One a line: whsec_…"
    )


@staff_action
class ConnectStripe(StaffAction):
    slug, title, icon, confirm = "connect-stripe", "Connect Stripe", "credit_card", "Connect"
    subject, form = Organization, ConnectionForm
    permission, activity_type = "core.administer", "payment_provider.connected"

    def initial(self, subject: Organization, *, now: datetime) -> dict[str, Any]:
        return {"code": "stripe", "name": "Stripe"}

    def perform(self, subject: Organization, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return payment_providers.connect(
            answers["code"],
            name=answers["name"],
            key=answers["key"],
            webhook_secrets=answers["webhook_secrets"],
            now=now,
            reason=reason,
        )

    def result(self, subject: Organization) -> str:
        return "Connected. Have Stripe send its webhooks to /webhooks/stripe/CODE."
