"""Reminders for staff: campaigns, and who is reminded by which."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import validate_email

from billing_site.core import money
from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import RowsInline, StaffAdmin
from billing_site.core.admin.forms import ActionForm, number, one_of, text
from billing_site.core.errors import BillingError
from customers.models import BillingEntity, Customer, DunningCampaign, DunningThreshold
from customers.services import dunning

INHERITED, NEVER = "", "never"


class ThresholdInline(RowsInline):
    model = DunningThreshold
    fields = ("currency", "amount_cents")
    show_change_link = False


@admin.register(DunningCampaign)
class DunningCampaignAdmin(StaffAdmin):
    list_display = ("name", "code", "days_between_attempts", "max_attempts", "deleted_at")
    inlines = (ThresholdInline,)
    empty_says = "“Remind of overdue invoices” on a billing entity's page begins a campaign."


class CampaignForm(ActionForm):
    code = text("Code", max_length=255)
    thresholds = text("From how much on", help_text="An amount for each currency, parted by commas: EUR 150, USD 100.")
    days_between_attempts = number("Days between reminders", min_value=1, max_value=365, decimal_places=0)
    max_attempts = number("Reminders at most", min_value=1, max_value=100, decimal_places=0)
    bcc_emails = text("Copies to", required=False, max_length=1000, help_text="Addresses, parted by commas.")

    def clean_thresholds(self) -> dict[str, int]:
        """Return minor units by currency."""
        found = {}
        for part in self.cleaned_data["thresholds"].split(","):
            code, _, amount = part.strip().partition(" ")
            try:
                found[code.upper()] = money.to_cents(forms.DecimalField().clean(amount), code.upper())
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return found

    def clean_bcc_emails(self) -> list[str]:
        """Return the addresses; each must be one."""
        addresses = [address.strip() for address in self.cleaned_data["bcc_emails"].split(",") if address.strip()]
        for address in addresses:
            validate_email(address)
        return addresses


@staff_action
class RemindOfOverdue(StaffAction):
    slug, title, icon, confirm = "remind", "Remind of overdue invoices", "notification_important", "Begin"
    subject, form = BillingEntity, CampaignForm
    permission, activity_type = "core.administer", "billing_entity.updated"

    def initial(self, subject: BillingEntity, *, now: datetime) -> dict[str, Any]:
        thresholds = f"{subject.default_currency} 1"
        return {"code": "reminders", "thresholds": thresholds, "days_between_attempts": 7, "max_attempts": 3}

    def perform(self, subject: BillingEntity, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        campaign = dunning.create(
            answers["code"],
            now=now,
            thresholds=answers["thresholds"],
            days_between_attempts=int(answers["days_between_attempts"]),
            max_attempts=int(answers["max_attempts"]),
            bcc_emails=answers["bcc_emails"],
        )
        return dunning.apply_to_entity(subject, campaign, now=now, reason=reason)

    def result(self, subject: BillingEntity) -> str:
        return f"Customers of {subject} are reminded from now on."


class RemindersForm(ActionForm):
    campaign = one_of("Reminded by", required=False)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        own = [(row.code, row.name) for row in DunningCampaign.objects.live().order_by("name", "pk")]
        choices = [(INHERITED, "as its billing entity says"), (NEVER, "never"), *own]
        self.fields["campaign"].choices = choices  # type: ignore[attr-defined]


@staff_action
class SetReminders(StaffAction):
    slug, title, icon, confirm = "reminders", "Reminders", "notifications", "Change"
    subject, form = Customer, RemindersForm
    permission, activity_type = "core.serve_customers", "customer.updated"

    def initial(self, subject: Customer, *, now: datetime) -> dict[str, Any]:
        if subject.exclude_from_dunning_campaign:
            return {"campaign": NEVER}
        return {"campaign": subject.dunning_campaign.code if subject.dunning_campaign else INHERITED}

    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        chosen = answers["campaign"]
        campaign = DunningCampaign.objects.live().filter(code=chosen).first()
        if chosen not in (INHERITED, NEVER) and campaign is None:
            raise BillingError("There is no such campaign.")
        return dunning.apply_to_customer(subject, campaign, is_excluded=chosen == NEVER, now=now, reason=reason)

    def result(self, subject: Customer) -> str:
        return f"Reminders of {subject} are changed."
