"""Providers' books beside ours for staff: what differs, and accepting it with a reason."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import StaffAdmin, shown_moment, shown_money
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import link
from customers.models import PaymentProvider
from customers.services import payment_providers
from invoicing.models import ProviderRecord
from invoicing.services.payments import reconciling


@admin.register(ProviderRecord)
class ProviderRecordAdmin(StaffAdmin):
    list_display = ("__str__", "provider", "of_payment", "shown_difference", "status", "amount", "compared", "accepted")
    list_filter = ("difference", "kind", "provider", ("accepted_at", admin.EmptyFieldListFilter))
    list_select_related = ("provider", "payment__invoice", "payment__customer")
    search_fields = ("object_id__istartswith",)
    empty_says = "Each night the provider's book is compared with ours; what it says stands here."

    @display(description="payment")
    def of_payment(self, record: ProviderRecord) -> str:
        return link(record.payment) if record.payment else "–"

    @display(
        description="difference",
        label={"unknown": "danger", "missing": "danger", "amount": "danger", "state": "danger"},
        ordering="difference",
    )
    def shown_difference(self, record: ProviderRecord) -> tuple[str, str]:
        return record.difference, record.get_difference_display()

    @display(description="amount", ordering="amount_cents")
    def amount(self, record: ProviderRecord) -> str:
        return shown_money(record.amount_cents, record.currency) if record.currency else "–"

    @display(description="compared", ordering="compared_at")
    def compared(self, record: ProviderRecord) -> str:
        return shown_moment(record.compared_at)

    @display(description="accepted", ordering="accepted_at")
    def accepted(self, record: ProviderRecord) -> str:
        return shown_moment(record.accepted_at)


@staff_action
class AcceptDifference(StaffAction):
    slug, title, icon, confirm = "accept", "Accept the difference", "done", "Accept it"
    subject, form, permission = ProviderRecord, ActionForm, "core.move_money"
    activity_type, must_say_why = "provider_record.accepted", True
    reasons = ("It was refunded at the provider's own page",)

    def obstacle(self, subject: ProviderRecord, *, now: datetime) -> str:
        if not subject.difference:
            return "There is no difference."
        return "It is accepted." if subject.accepted_at else ""

    def perform(self, subject: ProviderRecord, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return reconciling.accept(subject, now=now, reason=reason)


@staff_action
class CompareBooks(StaffAction):
    slug, title, icon, confirm = "compare-books", "Compare the whole book", "compare_arrows", "Compare"
    subject, form, permission = PaymentProvider, ActionForm, "core.move_money"
    activity_type = "payment_provider.comparison_asked"
    reasons = ("To be sure",)

    def obstacle(self, subject: PaymentProvider, *, now: datetime) -> str:
        return "It is connected no more." if subject.deleted_at else ""

    def perform(self, subject: PaymentProvider, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return payment_providers.compare_anew(subject, now=now, reason=reason)

    def result(self, subject: PaymentProvider) -> str:
        return "It is compared within minutes. What differs then stands on the first page."
