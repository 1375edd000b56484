"""Fixed charges of a plan: a number of add-ons, added, changed, taken away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core.admin.actions import staff_action
from billing_site.core.admin.fields import figure, line, one_of, picked, some_of, yes
from billing_site.core.admin.forms import Group
from billing_site.core.admin.shown import shown_number
from billing_site.core.staff_limits import Weight
from plans.admin import choices, price_forms, trials
from plans.admin.charge_actions import ASKED_BY, ChargeAction, RemoveForm, words
from plans.admin.charge_forms import CASCADE, PricedForm
from plans.models import FixedCharge, Plan
from plans.selectors.plans import is_in_use
from plans.services import fixed_charges

FROZEN = ("charge_model", "code")
OF_PLAN = ("add_on", "pay_in_advance", "prorated")


class FixedChargeForm(PricedForm):
    add_on = picked("Add-on")
    units = figure("Units", initial=1, max_digits=25, decimal_places=10)
    charge_model = one_of("Priced", FixedCharge.Model.choices, initial=FixedCharge.Model.STANDARD)
    pay_in_advance = yes("Paid in advance")
    prorated = yes("Shared by days")
    apply_units_immediately = yes("Subscribers have these units at once", initial=False)
    invoice_display_name = line("Name on invoices", required=False)
    code = line("Code", required=False, help_text="Empty: that of the add-on.")
    tax_codes = some_of("Taxes", help_text="None: those of the add-on, the plan or the customer.")
    cascade_updates = yes(CASCADE, initial=True)
    groups = (
        Group("Price", ("charge_model", *price_forms.OF_MODELS)),
        Group("Try it", ("try_units",)),
        Group("How it is paid", ("pay_in_advance", "prorated"), is_folded=True),
        Group("Name and taxes", ("invoice_display_name", "code", "tax_codes"), is_folded=True),
        Group("Those subscribed", ("apply_units_immediately", "cascade_updates")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = trials.plan_of(self.subject)
        self.add_price(list(FixedCharge.Model.values), plan.amount_currency)
        self.fields["add_on"].choices = choices.add_ons()  # type: ignore[attr-defined]
        self.fields["tax_codes"].choices = choices.taxes()  # type: ignore[attr-defined]
        if not self.fields["tax_codes"].choices:  # type: ignore[attr-defined]
            del self.fields["tax_codes"]
        if not plan.children.filter(deleted_at=None).exists():
            del self.fields["cascade_updates"]
        if not is_in_use(plan):
            del self.fields["apply_units_immediately"]


class FixedChargeEditForm(FixedChargeForm):
    """What it is of and how it is paid is said once; the model only while nobody is subscribed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in OF_PLAN:
            del self.fields[name]
        if is_in_use(self.subject.plan):
            for name in (*FROZEN, *price_forms.others(self.subject.charge_model)):
                self.fields.pop(name, None)
            self.when = {}


def _given(answers: Mapping[str, Any], model: str) -> dict[str, Any]:
    names = (
        "units", "code", "charge_model", "pay_in_advance", "prorated", "apply_units_immediately",
        "invoice_display_name", "tax_codes", "cascade_updates",
    )  # fmt: skip
    given = {name: answers[name] for name in names if name in answers}
    return given | {"properties": price_forms.properties(model, answers, {})}


def _facts(fixed_charge: FixedCharge) -> dict[str, str]:
    currency = fixed_charge.plan.amount_currency
    return {
        "Name": str(fixed_charge),
        "Units": shown_number(fixed_charge.units),
        "Price": words(fixed_charge.charge_model, fixed_charge.properties, currency),
        "Paid": "in advance" if fixed_charge.pay_in_advance else "in arrears",
        "On the plan": "no" if fixed_charge.deleted_at else "yes",
    }


class FixedChargeAction(ChargeAction):
    """What is shown beside the form of a fixed charge."""

    asked_by = ASKED_BY | {"add_on_id": "add_on"}


@staff_action
class AddFixedCharge(FixedChargeAction):
    slug, title, icon, confirm = "add-fixed-charge", "Add a fixed charge", "add_box", "Add it"
    subject, form = Plan, FixedChargeForm
    activity_type = "fixed_charge.created"

    def weight(self, subject: Any, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        return trials.reach(trials.plan_of(subject))

    def perform(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        given = _given(answers, answers["charge_model"])
        return fixed_charges.create(subject, now=now, add_on_code=answers["add_on"], **given)

    def facts(self, subject: Plan, *, now: datetime) -> Mapping[str, str]:
        rows = FixedCharge.objects.live().filter(plan=subject).select_related("add_on").order_by("pk")
        return {str(row): f"{shown_number(row.units)} of them" for row in rows}

    def result(self, subject: Plan) -> str:
        return "The fixed charge is added."


@staff_action
class EditFixedCharge(FixedChargeAction):
    slug, title, icon, confirm = "edit", "Edit fixed charge", "edit", "Save"
    subject, form = FixedCharge, FixedChargeEditForm
    activity_type = "fixed_charge.updated"

    def initial(self, subject: FixedCharge, *, now: datetime) -> dict[str, Any]:
        typed = price_forms.as_typed(subject.charge_model, subject.properties)
        names = ("units", "charge_model", "invoice_display_name", "code")
        typed |= {name: getattr(subject, name) for name in names}
        return typed | {"tax_codes": [tax.code for tax in subject.taxes.all()]}

    def perform(self, subject: FixedCharge, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        given = _given(answers, answers.get("charge_model") or subject.charge_model)
        return fixed_charges.update(subject, now=now, is_in_use=is_in_use(subject.plan), **given)

    def facts(self, subject: FixedCharge, *, now: datetime) -> Mapping[str, str]:
        return _facts(subject)

    def result(self, subject: FixedCharge) -> str:
        return "The fixed charge is changed."


@staff_action
class RemoveFixedCharge(FixedChargeAction):
    slug, title, icon, confirm = "remove", "Take off the plan", "delete", "Take it off"
    place = 9
    subject, form = FixedCharge, RemoveForm
    activity_type = "fixed_charge.deleted"
    warning = "What it has billed stays."

    def perform(self, subject: FixedCharge, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return fixed_charges.delete(subject, now=now, cascades=answers.get("cascade_updates", False))

    def facts(self, subject: FixedCharge, *, now: datetime) -> Mapping[str, str]:
        return _facts(subject)

    def result(self, subject: FixedCharge) -> str:
        return "The fixed charge is taken off the plan."
