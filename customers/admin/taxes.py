"""Taxes: to read, to make and to change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.base import StaffAdmin, shown_number
from billing_site.core.admin.fields import figure, line, paragraph, yes
from billing_site.core.admin.forms import ActionForm
from customers.models import Tax
from customers.services import taxes

FIELDS = ("name", "code", "rate", "description", "applied_to_organization")


@admin.register(Tax)
class TaxAdmin(StaffAdmin):
    list_display = ("name", "code", "percent", "description", "shown_state")
    empty_says = "Without a tax nothing is added to invoices. “Make a tax” above is for those who may set prices."
    search_fields = ("name__istartswith", "code__istartswith")

    @display(description="rate", ordering="rate")
    def percent(self, tax: Tax) -> str:
        return f"{shown_number(tax.rate)} %"

    @display(description="state")
    def shown_state(self, tax: Tax) -> str:
        return "deleted" if tax.deleted_at else "in use"


class TaxForm(ActionForm):
    name = line("Name", help_text="Customers read it on invoices, such as VAT.")
    code = line("Code", help_text="What programs call it, such as vat_de.")
    rate = figure("Rate (%)", max_value=100, decimal_places=Tax._meta.get_field("rate").decimal_places)
    applied_to_organization = yes("On all fees of the company that have no other tax")
    description = paragraph("Description")


def _is_for_all(tax: Tax) -> bool:
    return bool(tax.billing_entities.filter(is_default=True).exists())


class TaxAction(CatalogueAction):
    """What is shown beside the form of a tax."""

    subject, form = Tax, TaxForm

    def obstacle(self, subject: Tax, *, now: datetime) -> str:
        return "This tax was deleted." if subject.deleted_at else ""

    def facts(self, subject: Tax, *, now: datetime) -> Mapping[str, str]:
        return {
            "Name": subject.name,
            "Code": subject.code,
            "Rate": f"{shown_number(subject.rate)} %",
            "Where": "on all fees that have no other tax" if _is_for_all(subject) else "only where it is named",
            "State": "deleted" if subject.deleted_at else "in use",
        }


@staff_action
class MakeTax(TaxAction):
    slug, title, confirm, is_maker = "make", "Make a tax", "Make it", True
    activity_type = "tax.created"

    def perform(self, subject: None, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return taxes.create(now=now, **{name: answers[name] for name in FIELDS})

    def result(self, subject: Tax) -> str:
        return f"{subject} is made."


@staff_action
class EditTax(TaxAction):
    slug, title, icon, confirm = "edit", "Edit tax", "edit", "Save"
    activity_type = "tax.updated"
    warning = "Drafts and invoices to come follow; final invoices stay as they are."

    def initial(self, subject: Tax, *, now: datetime) -> dict[str, Any]:
        typed = {name: getattr(subject, name) for name in FIELDS[:-1]}
        return typed | {"applied_to_organization": _is_for_all(subject)}

    def perform(self, subject: Tax, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return taxes.update(subject, now=now, **{name: answers[name] for name in FIELDS})

    def result(self, subject: Tax) -> str:
        return f"{subject} is changed."


@staff_action
class DeleteTax(TaxAction):
    slug, title, icon, confirm = "delete", "Delete tax", "delete", "Delete it"
    place = 9
    form = ActionForm
    activity_type = "tax.deleted"
    warning = "This cannot be undone: it goes from customers, plans, charges and the company."

    def perform(self, subject: Tax, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return taxes.delete(subject, now=now)

    def result(self, subject: Tax) -> str:
        return f"{subject} is deleted."
