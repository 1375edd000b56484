"""Add-ons: what is sold once, or in a number with a plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from unfold.decorators import display

from billing_site.core import money
from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.base import StaffAdmin, shown_money
from billing_site.core.admin.fields import currency, figure, line, paragraph, some_of
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.api.fields import MAX_CENTS
from plans.admin import choices
from plans.models import AddOn
from plans.services import add_ons

SAME = ("name", "code", "amount_currency", "invoice_display_name", "description")


@admin.register(AddOn)
class AddOnAdmin(StaffAdmin):
    list_display = ("name", "code", "price", "shown_state")
    list_filter = ("amount_currency",)
    search_fields = ("name__istartswith", "code__istartswith")
    empty_says = "An add-on is sold once, or with a plan. “Make an add-on” above is for those who may set prices."

    @display(description="price of one", ordering="amount_cents")
    def price(self, add_on: AddOn) -> str:
        return shown_money(add_on.amount_cents, add_on.amount_currency)

    @display(description="state")
    def shown_state(self, add_on: AddOn) -> str:
        return "deleted" if add_on.deleted_at else "on sale"


class AddOnForm(ActionForm):
    name = line("Name")
    code = line("Code", help_text="What programs call it, such as setup.")
    amount = figure("Price of one", help_text="In major units, such as 250.00.")
    amount_currency = currency()
    tax_codes = some_of("Taxes", help_text="None: those of the customer or the company.")
    invoice_display_name = line("Name on invoices", required=False)
    description = paragraph("Description")
    groups = (Group("Words", ("invoice_display_name", "description"), is_folded=True),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tax_codes"].choices = offered = choices.taxes()  # type: ignore[attr-defined]
        if not offered:
            del self.fields["tax_codes"]

    def clean(self) -> dict[str, Any]:
        """Work out the price in minor units."""
        answers = super().clean() or {}
        answers["amount_cents"] = cents = self.cents("amount", answers.get("amount_currency", ""))
        if cents is not None and cents > MAX_CENTS:
            self.add_error("amount", "That is more than can be billed.")
        return answers


class AddOnAction(CatalogueAction):
    """What is shown beside the form of an add-on."""

    subject, form = AddOn, AddOnForm
    asked_by = {"amount_cents": "amount"}

    def obstacle(self, subject: AddOn, *, now: datetime) -> str:
        return "This add-on was deleted." if subject.deleted_at else ""

    def facts(self, subject: AddOn, *, now: datetime) -> Mapping[str, str]:
        return {
            "Name": subject.name,
            "Code": subject.code,
            "Price of one": shown_money(subject.amount_cents, subject.amount_currency),
            "Taxes": choices.tax_words(subject.taxes.order_by("name")) or "those of the customer",
            "On sale": "no" if subject.deleted_at else "yes",
        }


def _given(answers: Mapping[str, Any]) -> dict[str, Any]:
    names = (*SAME, "amount_cents", "tax_codes")
    return {name: answers[name] for name in names if name in answers}


@staff_action
class MakeAddOn(AddOnAction):
    slug, title, confirm, is_maker = "make", "Make an add-on", "Make it", True
    activity_type = "add_on.created"

    def perform(self, subject: None, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return add_ons.create(now=now, **_given(answers))

    def result(self, subject: AddOn) -> str:
        return f"{subject} is made."


@staff_action
class EditAddOn(AddOnAction):
    slug, title, icon, confirm = "edit", "Edit add-on", "edit", "Save"
    activity_type = "add_on.updated"

    def initial(self, subject: AddOn, *, now: datetime) -> dict[str, Any]:
        amount = money.to_amount(subject.amount_cents, subject.amount_currency)
        typed = {name: getattr(subject, name) for name in SAME}
        return typed | {"amount": f"{amount:f}", "tax_codes": [tax.code for tax in subject.taxes.all()]}

    def perform(self, subject: AddOn, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return add_ons.update(subject, now=now, **_given(answers))

    def result(self, subject: AddOn) -> str:
        return f"{subject} is changed. Invoices keep the price that they had."


@staff_action
class DeleteAddOn(AddOnAction):
    slug, title, icon, confirm = "delete", "Delete add-on", "delete", "Delete it"
    place = 9
    form = ActionForm
    activity_type = "add_on.deleted"
    warning = "This cannot be undone. Plans that have it keep it."

    def perform(self, subject: AddOn, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return add_ons.delete(subject, now=now)

    def result(self, subject: AddOn) -> str:
        return f"{subject} is deleted."
