"""Requests for overdue money: what was asked for, and asking in two clicks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_day, shown_money
from billing_site.core.admin.forms import ActionForm, one_of
from billing_site.core.admin.panels import link
from customers.models import Customer
from invoicing.models import Invoice, PaymentRequest, PaymentRequestInvoice
from invoicing.services.payment_requests import creation


class ItemInline(RowsInline):
    model = PaymentRequestInvoice
    fields = ("invoice", "amount_cents")
    show_change_link = False


@admin.register(PaymentRequest)
class PaymentRequestAdmin(StaffAdmin):
    list_display = ("__str__", "of_customer", "email", "payment_status", "asked", "amount")
    list_filter = ("payment_status", "currency")
    list_select_related = ("customer",)
    search_fields = ("customer__name__istartswith", "customer__external_id__istartswith", "email__istartswith")
    inlines = (ItemInline,)
    empty_says = "“Ask for what is overdue” on a customer's page makes one; so does the API."

    @display(description="customer", ordering="customer__name")
    def of_customer(self, request: PaymentRequest) -> str:
        return link(request.customer)

    @display(description="asked on", ordering="created_at")
    def asked(self, request: PaymentRequest) -> str:
        return shown_day(request.created_at.date())

    @display(description="amount", ordering="amount_cents")
    def amount(self, request: PaymentRequest) -> str:
        return shown_money(request.amount_cents, request.currency)


def _currencies(customer: Customer) -> list[str]:
    late = Invoice.objects.filter(customer=customer, payment_overdue=True, status=Invoice.Status.FINALIZED)
    found = late.exclude(payment_status=Invoice.PaymentStatus.SUCCEEDED).values_list("currency", flat=True)
    return sorted(set(found))


class AskForm(ActionForm):
    currency = one_of("Currency")

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        customer: Any = self.subject
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            (code, f"{shown_money(sum(row.total_due_amount_cents for row in creation.overdue(customer, code)), code)}")
            for code in _currencies(customer)
        ]


@staff_action
class AskForOverdue(StaffAction):
    slug, title, icon, confirm = "ask-overdue", "Ask for what is overdue", "contract", "Ask"
    subject, form = Customer, AskForm
    permission, activity_type = "core.serve_customers", "payment_request.created"
    reasons = ("They did not react to the invoices",)

    def obstacle(self, subject: Customer, *, now: datetime) -> str:
        return "" if _currencies(subject) else "Nothing is overdue."

    def initial(self, subject: Customer, *, now: datetime) -> dict[str, Any]:
        return {"currency": next(iter(_currencies(subject)), None)}

    def perform(self, subject: Customer, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        asked = [invoice.lago_id for invoice in creation.overdue(subject, answers["currency"])]
        return creation.create(subject, asked, now=now, reason=reason)

    def result(self, subject: Customer) -> str:
        return f"{subject} is asked to pay what is overdue."
