"""Payments for staff: what came in, what it paid, and a bank transfer recorded in two clicks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core import money
from billing_site.core.admin.actions import staff_action
from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_moment, shown_money
from billing_site.core.admin.forms import ActionForm, day, number, text
from billing_site.core.admin.panels import link
from billing_site.core.periods import local_date, local_midnight
from customers.models import PaymentMethod
from invoicing.admin.invoice_actions import InvoiceAction
from invoicing.models import InboundEvent, Invoice, Payment, PaymentAllocation, PaymentReceipt, Refund
from invoicing.services.payments import manual, retries, settling


class AllocationInline(RowsInline):
    model = PaymentAllocation
    fields = ("invoice", "amount_cents", "created_at")
    show_change_link = False


class RefundInline(RowsInline):
    model = Refund
    fields = ("credit_note", "amount_cents", "state", "error_message")
    show_change_link = False


@admin.register(Payment)
class PaymentAdmin(StaffAdmin):
    list_display = ("__str__", "of_customer", "of_invoice", "state", "error_code", "paid", "amount", "unapplied")
    list_filter = ("state", "payment_type", "currency")
    list_select_related = ("customer", "invoice")
    search_fields = ("reference__istartswith", "customer__name__istartswith", "customer__external_id__istartswith")
    inlines = (AllocationInline, RefundInline)
    empty_says = "“Record a payment” on an invoice's page writes down a bank transfer. The API does too."

    @display(description="customer", ordering="customer__name")
    def of_customer(self, payment: Payment) -> str:
        return link(payment.customer)

    @display(description="invoice")
    def of_invoice(self, payment: Payment) -> str:
        return link(payment.invoice)

    @display(description="paid", ordering="paid_at")
    def paid(self, payment: Payment) -> str:
        return shown_moment(payment.paid_at) if payment.paid_at else "–"

    @display(description="amount", ordering="amount_cents")
    def amount(self, payment: Payment) -> str:
        return shown_money(payment.amount_cents, payment.currency)

    @display(description="more than was due", ordering="unapplied_amount_cents")
    def unapplied(self, payment: Payment) -> str:
        cents = payment.unapplied_amount_cents
        return shown_money(cents, payment.currency) if cents else "–"


@admin.register(PaymentReceipt)
class PaymentReceiptAdmin(StaffAdmin):
    list_display = ("number", "payment", "created_at")
    list_select_related = ("payment",)
    search_fields = ("number__istartswith",)
    empty_says = "A payment that succeeds gets a receipt by itself."


@admin.register(InboundEvent)
class InboundEventAdmin(StaffAdmin):
    list_display = ("event_type", "event_id", "provider", "state", "created_at", "last_error")
    list_filter = ("state", "provider")
    list_select_related = ("provider",)
    search_fields = ("event_id__istartswith", "event_type__istartswith")
    empty_says = "What Stripe tells us stands here. Have it send webhooks to /webhooks/stripe/CODE."


class PaymentForm(ActionForm):
    amount = number("Amount", min_value=0)
    reference = text("Reference", max_length=manual.LONGEST_REFERENCE, help_text="As the bank statement has it.")
    paid_on = day("Paid on")


@staff_action
class ChargeAgain(InvoiceAction):
    slug, title, icon, confirm = "charge-again", "Charge again", "credit_card", "Charge"
    activity_type, is_bulk = "payment.created", True
    reasons = ("The customer has changed the card",)

    def obstacle(self, subject: Invoice, *, now: datetime) -> str:
        if subject.status != Invoice.Status.FINALIZED or not subject.total_due_amount_cents:
            return "Nothing is due of it."
        if Payment.objects.filter(invoice=subject, state__in=Payment.LIVE).exists():
            return "A payment is on its way."
        stored = PaymentMethod.objects.live().filter(customer_id=subject.customer_id, is_default=True)
        return "" if stored.exists() else "The customer has stored no card."

    def perform(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return retries.retry(subject, now=now)

    def result(self, subject: Invoice) -> str:
        return f"{subject} is being charged."


@staff_action
class RecordPayment(InvoiceAction):
    slug, title, icon, confirm = "record-payment", "Record a payment", "payments", "Record it"
    form, activity_type = PaymentForm, "payment.recorded"
    reasons = ("Bank transfer", "Cheque", "Cash")
    asked_by = {"amount_cents": "amount", "paid_at": "paid_on"}

    def obstacle(self, subject: Invoice, *, now: datetime) -> str:
        if subject.status not in settling.PAYABLE:
            return "Only a final invoice is paid."
        return "" if subject.total_due_amount_cents else "Nothing is due any more."

    def initial(self, subject: Invoice, *, now: datetime) -> dict[str, Any]:
        due = money.to_amount(subject.total_due_amount_cents, subject.currency)
        reference = (subject.number or str(subject.lago_id))[: manual.LONGEST_REFERENCE]
        return {"amount": due, "reference": reference, "paid_on": local_date(now, subject.timezone)}

    def perform(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        today = local_date(now, subject.timezone)
        paid_at = now if answers["paid_on"] >= today else local_midnight(answers["paid_on"], subject.timezone)
        return manual.record(
            subject,
            amount_cents=money.to_cents(answers["amount"], subject.currency),
            reference=answers["reference"],
            paid_at=paid_at,
            now=now,
            reason=reason,
        )

    def result(self, subject: Invoice) -> str:
        due = shown_money(subject.total_due_amount_cents, subject.currency)
        return f"Recorded. {due} is left to pay of {subject}."
