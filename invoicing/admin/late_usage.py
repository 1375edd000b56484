"""Late usage for staff: what came in after its invoice was final, and what becomes of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import StaffAdmin, shown_day, shown_money
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import link
from invoicing.models import LateUsage
from invoicing.services import late_usage

Status = LateUsage.Status


@admin.register(LateUsage)
class LateUsageAdmin(StaffAdmin):
    list_display = ("__str__", "of_customer", "shown_status", "since", "amount", "on_invoice")
    list_filter = ("status", "currency")
    list_select_related = ("customer", "invoice", "period__subscription")
    search_fields = ("customer__name__istartswith", "customer__external_id__istartswith")
    empty_says = "Good: all usage came in before its invoice was final."

    @display(description="customer", ordering="customer__name")
    def of_customer(self, late: LateUsage) -> str:
        return link(late.customer)

    @display(
        description="status",
        label={"listed": "warning", "waiting": "info", "billed": "success", "dismissed": "default"},
        ordering="status",
    )
    def shown_status(self, late: LateUsage) -> tuple[str, str]:
        return late.status, late.get_status_display()

    @display(description="found on", ordering="created_at")
    def since(self, late: LateUsage) -> str:
        return shown_day(late.created_at.date())

    @display(description="comes to", ordering="amount_cents")
    def amount(self, late: LateUsage) -> str:
        return shown_money(late.amount_cents, late.currency)

    @display(description="on invoice")
    def on_invoice(self, late: LateUsage) -> str:
        return link(late.invoice) if late.invoice else ""


class LateUsageAction(StaffAction):
    """What is shown beside a decision about late usage."""

    subject, form, permission = LateUsage, ActionForm, "core.move_money"
    to: Status

    def obstacle(self, subject: LateUsage, *, now: datetime) -> str:
        return "It is so already." if subject.status == self.to else late_usage.obstacle(subject, to=self.to)

    def facts(self, subject: LateUsage, *, now: datetime) -> Mapping[str, str]:
        return {
            "Status": subject.get_status_display(),
            "Comes to": shown_money(subject.amount_cents, subject.currency),
        }


@staff_action
class BillLateUsage(LateUsageAction):
    slug, title, icon, confirm = "bill-next", "Onto the next invoice", "receipt_long", "Bill it"
    activity_type, to = "late_usage.waits", Status.WAITING
    reasons = ("The customer agreed",)

    def perform(self, subject: LateUsage, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return late_usage.bill_next(subject, now=now, reason=reason)

    def result(self, subject: LateUsage) -> str:
        return "It goes onto the customer's next invoice."


@staff_action
class DismissLateUsage(LateUsageAction):
    slug, title, icon, confirm, place = "dismiss", "Give up", "do_not_disturb_on", "Give up", 8
    activity_type, to = "late_usage.dismissed", Status.DISMISSED
    reasons = ("It came in by our mistake",)
    warning = "It is never billed."

    def perform(self, subject: LateUsage, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return late_usage.dismiss(subject, now=now, reason=reason)

    def result(self, subject: LateUsage) -> str:
        return "It is given up."
