"""Credit notes for staff: what was given back, where it went, what is left of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.actions import StaffAction, staff_action
from billing_site.core.admin.base import RowsInline, StaffAdmin, shown_day, shown_money
from billing_site.core.admin.forms import ActionForm
from invoicing.admin.documents import DocumentPages
from invoicing.models import CreditNote, CreditNoteItem, CreditNoteTax, CreditNoteUse
from invoicing.services.credit_notes import changes


class ItemInline(RowsInline):
    model = CreditNoteItem
    fields = ("fee", "amount_cents", "precise_amount_cents")
    show_change_link = False


class NoteTaxInline(RowsInline):
    model = CreditNoteTax
    fields = ("name", "rate", "base_amount_cents", "amount_cents")
    show_change_link = False


class UseInline(RowsInline):
    model = CreditNoteUse
    fields = ("invoice", "amount_cents", "created_at")
    show_change_link = False


@admin.register(CreditNote)
class CreditNoteAdmin(DocumentPages, StaffAdmin):
    list_display = ("number", "customer", "reason", "credit_status", "refund_status", "issued", "total", "left")
    list_filter = ("credit_status", "refund_status", "reason", "is_automatic", "currency")
    list_select_related = ("customer",)
    search_fields = ("number__istartswith", "customer__name__istartswith", "customer__external_id__istartswith")
    inlines = (ItemInline, NoteTaxInline, UseInline)
    empty_says = "Credit notes come from ended plans, from void invoices and from the API."

    @display(description="issued", ordering="issuing_date")
    def issued(self, note: CreditNote) -> str:
        return shown_day(note.issuing_date)

    @display(description="total", ordering="total_amount_cents")
    def total(self, note: CreditNote) -> str:
        return shown_money(note.total_amount_cents, note.currency)

    @display(description="left", ordering="balance_amount_cents")
    def left(self, note: CreditNote) -> str:
        return shown_money(note.balance_amount_cents, note.currency)


@staff_action
class VoidCredit(StaffAction):
    slug, title, icon, confirm = "void", "Make void", "money_off", "Make void"
    subject, form = CreditNote, ActionForm
    permission, activity_type = "core.move_money", "credit_note.voided"
    reasons = ("It was given by mistake", "It was refunded instead")

    def obstacle(self, subject: CreditNote, *, now: datetime) -> str:
        return "" if subject.balance_amount_cents else "Nothing is left of it."

    def perform(self, subject: CreditNote, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return changes.void(subject, now=now, reason=reason)

    def result(self, subject: CreditNote) -> str:
        return f"What was left of {subject} is void."
