"""Charges of a plan and their filters: added, changed, taken away; where asked, also where they were copied to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.fields import yes
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.panels import Sections
from billing_site.core.admin.shown import shown_money
from billing_site.core.staff_limits import Weight
from metering.models import BillableMetric
from plans.admin import choices, price_forms, trials
from plans.admin.charge_forms import (
    CASCADE,
    ChargeEditForm,
    ChargeForm,
    FilterForm,
    as_typed,
    fields_of_charge,
    is_frozen,
)
from plans.admin.override_forms import price_facts
from plans.admin.plan_actions import gone
from plans.admin.prices import in_words
from plans.models import Charge, ChargeFilter, Plan
from plans.selectors.charges import live_filters
from plans.services import charge_filters, charges

IN_USE = "Somebody is subscribed: what is charged for and the way it is priced and paid stay as they are."
ASKED_BY = {
    **price_forms.ASKED_BY,
    "invalid_amount": "amount",
    "min_amount_cents": "min_amount",
    "billable_metric_id": "metric",
}


def words(model: str, properties: Mapping[str, Any], currency: str) -> str:
    """Return a price in lines."""
    return "\n".join(in_words(model, properties, currency))


def charge_facts(charge: Charge) -> dict[str, str]:
    """Return what a charge says, in words."""
    currency = charge.pricing_unit.short_name if charge.pricing_unit else charge.plan.amount_currency
    paid = "at once, event by event" if charge.pay_in_advance else "with the invoice of its period"
    facts = {
        "Name": str(charge),
        "For": charge.billable_metric.name,
        "Priced": charge.get_charge_model_display(),
        "Price": words(charge.charge_model, charge.properties, currency),
    }
    for row in live_filters(charge):
        facts[f"Price of {row.display_name}"] = words(charge.charge_model, row.properties, currency)
    minimum = shown_money(charge.min_amount_cents, charge.plan.amount_currency) if charge.min_amount_cents else "none"
    taxes = choices.tax_words(charge.taxes.order_by("name")) or "those of the plan or the customer"
    return facts | {"Paid": paid, "Minimum": minimum, "Taxes": taxes}


class ChargeAction(CatalogueAction):
    """What is shown beside the form of a charge."""

    activity_type = "plan.updated"
    asked_by = ASKED_BY

    def obstacle(self, subject: Any, *, now: datetime) -> str:
        if getattr(subject, "deleted_at", None):
            return "This was taken off the plan."
        return gone(trials.plan_of(subject))

    def weight(self, subject: Any, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        return trials.reach(trials.plan_of(subject))

    def beside(self, subject: Any, answers: Mapping[str, Any], *, now: datetime) -> Sections:
        return trials.tried(subject, answers)

    def goes_to(self, subject: Any, made: Any) -> Any:
        return trials.plan_of(subject)


@staff_action
class AddCharge(ChargeAction):
    slug, title, icon, confirm = "add-charge", "Add a charge", "add", "Add it"
    subject, form = Plan, ChargeForm

    def perform(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        metric = BillableMetric.objects.live().filter(code=answers["metric"]).first()
        given = fields_of_charge(answers, model=answers["charge_model"], before={})
        given["billable_metric_id"] = metric.lago_id if metric else None
        return charges.create(subject, now=now, cascades=answers.get("cascade_updates", False), **given)

    def facts(self, subject: Plan, *, now: datetime) -> Mapping[str, str]:
        return price_facts(subject)

    def result(self, subject: Plan) -> str:
        return "The charge is added."


@staff_action
class EditCharge(ChargeAction):
    slug, title, icon, confirm = "edit", "Edit charge", "edit", "Save"
    subject, form = Charge, ChargeEditForm

    def note(self, subject: Charge, *, now: datetime) -> str:
        return IN_USE if is_frozen(subject) else ""

    def initial(self, subject: Charge, *, now: datetime) -> dict[str, Any]:
        return as_typed(subject)

    def perform(self, subject: Charge, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        model = answers.get("charge_model") or subject.charge_model
        given = fields_of_charge(answers, model=model, before=subject.properties)
        return charges.update(subject, now=now, cascades=answers.get("cascade_updates", False), **given)

    def facts(self, subject: Charge, *, now: datetime) -> Mapping[str, str]:
        return charge_facts(subject)

    def result(self, subject: Charge) -> str:
        return "The charge is changed."


@staff_action
class AddFilter(ChargeAction):
    slug, title, icon, confirm = "add-filter", "Add a filter", "filter_alt", "Add it"
    subject, form = Charge, FilterForm

    def obstacle(self, subject: Charge, *, now: datetime) -> str:
        if subject.billable_metric.filters.exists():
            return super().obstacle(subject, now=now)
        return f"{subject.billable_metric} has no properties to filter by. Add them on the page of the metric."

    def perform(self, subject: Charge, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return charge_filters.create(
            subject, now=now, cascades=answers.get("cascade_updates", False),
            properties=price_forms.properties(subject.charge_model, answers, {}),
            values=answers["values"], invoice_display_name=answers["invoice_display_name"],
        )  # fmt: skip

    def facts(self, subject: Charge, *, now: datetime) -> Mapping[str, str]:
        return charge_facts(subject)

    def goes_to(self, subject: Charge, made: Any) -> Any:
        return subject

    def result(self, subject: Charge) -> str:
        return "The filter is added: its events have prices of their own."


@staff_action
class EditFilter(ChargeAction):
    slug, title, icon, confirm = "edit", "Edit filter", "edit", "Save"
    subject, form = ChargeFilter, FilterForm

    def initial(self, subject: ChargeFilter, *, now: datetime) -> dict[str, Any]:
        typed = price_forms.as_typed(subject.charge.charge_model, subject.properties)
        return typed | {"invoice_display_name": subject.invoice_display_name}

    def perform(self, subject: ChargeFilter, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return charge_filters.update(
            subject, now=now, cascades=answers.get("cascade_updates", False),
            properties=price_forms.properties(subject.charge.charge_model, answers, subject.properties),
            invoice_display_name=answers["invoice_display_name"],
        )  # fmt: skip

    def facts(self, subject: ChargeFilter, *, now: datetime) -> Mapping[str, str]:
        charge = subject.charge
        price = words(charge.charge_model, subject.properties, charge.plan.amount_currency)
        return {"Name": subject.display_name, "Price": price}

    def goes_to(self, subject: ChargeFilter, made: Any) -> Any:
        return subject.charge

    def result(self, subject: ChargeFilter) -> str:
        return "The filter is changed."


class RemoveForm(ActionForm):
    cascade_updates = yes(CASCADE, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not trials.plan_of(self.subject).children.filter(deleted_at=None).exists():
            del self.fields["cascade_updates"]


@staff_action
class RemoveCharge(ChargeAction):
    slug, title, icon, confirm = "remove", "Take off the plan", "delete", "Take it off"
    place = 9
    subject, form = Charge, RemoveForm
    warning = "What it has billed stays. Usage from now on is not charged for."

    def perform(self, subject: Charge, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return charges.delete(subject, now=now, cascades=answers.get("cascade_updates", False))

    def facts(self, subject: Charge, *, now: datetime) -> Mapping[str, str]:
        return {str(subject): "taken off" if subject.deleted_at else "on the plan"}

    def result(self, subject: Charge) -> str:
        return "The charge is taken off the plan."


@staff_action
class RemoveFilter(ChargeAction):
    slug, title, icon, confirm = "remove", "Take filter away", "delete", "Take it away"
    place = 9
    subject, form = ChargeFilter, RemoveForm
    warning = "Its events cost what the charge itself costs from now on."

    def perform(self, subject: ChargeFilter, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return charge_filters.delete(subject, now=now, cascades=answers.get("cascade_updates", False))

    def facts(self, subject: ChargeFilter, *, now: datetime) -> Mapping[str, str]:
        return {subject.display_name: "taken away" if subject.deleted_at else "has prices of its own"}

    def goes_to(self, subject: ChargeFilter, made: Any) -> Any:
        return subject.charge

    def result(self, subject: ChargeFilter) -> str:
        return "The filter is taken away."
