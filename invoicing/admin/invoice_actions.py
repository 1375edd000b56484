"""What staff do with an invoice: make a draft final, make a final one void, note a lost dispute."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import shown_money
from billing_site.core.admin.forms import ActionForm
from billing_site.core.staff_limits import Kind, Weight
from invoicing.models import Invoice
from invoicing.services import invoice_changes, invoice_operations, invoice_voids


class InvoiceAction(StaffAction):
    """What is shown beside an action on an invoice."""

    subject, form, permission = Invoice, ActionForm, "core.move_money"

    def facts(self, subject: Invoice, *, now: datetime) -> Mapping[str, str]:
        return {
            "Status": subject.get_status_display(),
            "Total": shown_money(subject.total_amount_cents, subject.currency),
            "Due": shown_money(subject.total_due_amount_cents, subject.currency),
        }


@staff_action
class FinalizeDraft(InvoiceAction):
    slug, title, icon, confirm = "finalize", "Make final", "task_alt", "Make final"
    activity_type, is_bulk = "invoice.finalized", True
    warning = "A final invoice is mailed, and cannot be changed any more."

    def obstacle(self, subject: Invoice, *, now: datetime) -> str:
        return "" if subject.status == Invoice.Status.DRAFT else "It is no draft."

    def perform(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return invoice_operations.finalize_now(subject, now=now)

    def result(self, subject: Invoice) -> str:
        return f"Invoice {subject} is final."


@staff_action
class VoidInvoice(InvoiceAction):
    slug, title, icon, confirm = "void", "Make void", "block", "Make void"
    activity_type, must_say_why, is_bulk = "invoice.voided", True, True
    reasons = ("It was billed by mistake", "The order was cancelled")
    warning = "This cannot be undone. Discounts and prepaid credits go back to the customer."

    def obstacle(self, subject: Invoice, *, now: datetime) -> str:
        return invoice_voids.obstacle(subject)

    def weight(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        return Weight(Kind.VOIDS, subject.total_amount_cents, subject.currency)

    def perform(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return invoice_voids.void(subject, now=now, reason=reason)

    def result(self, subject: Invoice) -> str:
        return f"Invoice {subject} is void."


@staff_action
class LoseDispute(InvoiceAction):
    slug, title, icon, confirm = "lose-dispute", "Dispute lost", "gavel", "Note it"
    activity_type = "invoice.payment_dispute_lost"
    reasons = ("The bank decided for the customer",)

    def obstacle(self, subject: Invoice, *, now: datetime) -> str:
        if subject.payment_dispute_lost_at is not None:
            return "It is noted already."
        return "" if subject.number else "A draft cannot be disputed."

    def perform(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return invoice_changes.lose_dispute(subject, now=now, reason=reason)

    def result(self, subject: Invoice) -> str:
        return f"The dispute over {subject} is noted as lost."
