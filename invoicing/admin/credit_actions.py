"""Giving back parts of an invoice: lines ticked, amounts guarded, as a credit, a refund or off what is due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from billing_site.core.admin.actions import staff_action
from billing_site.core.admin.fields import figure, one_of, some_of
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.admin.shown import shown_money
from billing_site.core.staff_limits import Kind, Weight
from invoicing.admin.invoice_actions import InvoiceAction
from invoicing.calculations.credit_notes import Shares
from invoicing.models import CreditNote, Invoice
from invoicing.selectors.creditable import creditable
from invoicing.services.credit_notes import creation

CREDIT, REFUND, OFFSET = "credit", "refund", "offset"


class CreditForm(ActionForm):
    """The lines of an invoice with what is left of each."""

    lines = some_of("Lines")
    way = one_of("What is given back")
    kind = one_of("On the document", CreditNote.Reason.choices, initial=CreditNote.Reason.OTHER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facts, currency = creditable([self.subject])[self.subject.pk], self.subject.currency
        self.open_fees = [fee for fee in facts.fees if facts.left_of(fee) > 0]
        self.left = {fee.pk: facts.left_of(fee) for fee in self.open_fees}
        said = {fee.pk: shown_money(self.left[fee.pk], currency) for fee in self.open_fees}
        self.fields["lines"].choices = [(str(fee.pk), f"{fee}: {said[fee.pk]}") for fee in self.open_fees]  # type: ignore[attr-defined]
        parts = {f"part_{fee.pk}": figure(f"{fee}, of {said[fee.pk]}", required=False) for fee in self.open_fees}
        self.fields.update(parts)
        self.groups = (Group("Only a part of a line, before taxes", list(parts), is_folded=True),)
        self.fields["way"].choices = self._ways(facts.refundable_cents, facts.offsettable_cents)  # type: ignore[attr-defined]
        self.order_fields(["lines", *parts, "way", "kind", "reason"])

    def _ways(self, refundable: int, offsettable: int) -> list[tuple[str, str]]:
        currency = self.subject.currency
        paid_back = (REFUND, f"is paid back, up to {shown_money(refundable, currency)} that was paid")
        taken_off = (OFFSET, f"comes off this invoice, up to {shown_money(offsettable, currency)} that is due")
        ways = [paid_back] if refundable else []
        return [*ways, *([taken_off] if offsettable else []), (CREDIT, "comes off the next invoices")]

    def clean(self) -> dict[str, Any]:
        """Return the items, each guarded by what is left of its line."""
        answers = super().clean() or {}
        items: dict[str, int] = {}
        ticked = set(answers.get("lines") or [])
        for fee in self.open_fees:
            name = f"part_{fee.pk}"
            part = self.cents(name, self.subject.currency)
            if part is not None and part > self.left[fee.pk]:
                self.add_error(name, f"No more than {shown_money(self.left[fee.pk], self.subject.currency)} is left.")
            elif part or str(fee.pk) in ticked:
                items[str(fee.lago_id)] = part or self.left[fee.pk]
        if not items and not self.errors:
            self.add_error("lines", "Tick the lines that are given back.")
        answers["items"] = items
        return answers


@staff_action
class CreditInvoice(InvoiceAction):
    slug, title, icon, confirm = "credit", "Credit or refund", "assignment_return", "Give it back"
    form, activity_type, must_say_why = CreditForm, "credit_note.created", True
    place = 3
    reasons = ("It was charged by mistake", "Makes good for an outage", "Agreed with the customer")
    warning = "A credit note is final: what is left of it can be made void, a refund cannot be called back."
    asked_by = {"amount_cents": "lines", "base": "lines", "refund_amount_cents": "way", "offset_amount_cents": "way",
                "credit_amount_cents": "way"}  # fmt: skip

    def obstacle(self, subject: Invoice, *, now: datetime) -> str:
        if subject.status != Invoice.Status.FINALIZED:
            return "Only a final invoice that is not void can be credited."
        if subject.invoice_type == Invoice.Type.CREDIT:
            return "It sold credits: “Take back credits” on the customer's page takes them back."
        return "" if creditable([subject])[subject.pk].total_cents else "All of it has been given back."

    def initial(self, subject: Invoice, *, now: datetime) -> dict[str, Any]:
        facts = creditable([subject])[subject.pk]
        way = REFUND if facts.refundable_cents else OFFSET if facts.offsettable_cents else CREDIT
        return {"way": way, "lines": []}

    def weight(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        shares = self._shares(subject, answers)
        if shares.refund_cents:
            return Weight(Kind.REFUNDS, shares.refund_cents, subject.currency)
        return Weight(Kind.CREDITS, shares.total_cents, subject.currency)

    def perform(self, subject: Invoice, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        terms = {"reason": answers["kind"], "description": reason}
        shares = self._shares(subject, answers)
        return creation.create(subject, items=self._items(answers), shares=shares, now=now, terms=terms)

    def _items(self, answers: Mapping[str, Any]) -> list[tuple[UUID, int]]:
        return [(UUID(key), cents) for key, cents in answers["items"].items()]

    def _shares(self, subject: Invoice, answers: Mapping[str, Any]) -> Shares:
        """Return what goes which way; what is more than can be refunded or offset comes off the next invoices."""
        found = creation.estimate(subject, self._items(answers))
        whole = found.max_creditable_cents
        if answers["way"] == REFUND:
            return Shares(whole - found.max_refundable_cents, found.max_refundable_cents)
        if answers["way"] == OFFSET:
            return Shares(whole - found.max_offsettable_cents, 0, found.max_offsettable_cents)
        return Shares(whole, 0)

    def result(self, subject: Invoice) -> str:
        note = subject.credit_notes.latest("pk")
        amount = shown_money(note.total_amount_cents, note.currency)
        return f"{amount} is given back by credit note {note}."
