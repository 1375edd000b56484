"""Making, changing and retiring a plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.core.admin.actions import CatalogueAction, staff_action
from billing_site.core.admin.forms import ActionForm
from billing_site.core.admin.shown import shown_money, shown_number
from billing_site.core.staff_limits import Weight
from plans.admin import choices, trials
from plans.admin.plan_forms import PlanForm, as_typed, fields_of_plan
from plans.admin.threshold_forms import in_words as threshold_words
from plans.models import Commitment, Plan
from plans.selectors import usage_thresholds
from plans.selectors.plans import is_in_use
from plans.services import plans

IN_USE = (
    "Somebody is subscribed: code, interval, currency, trial and the way it is paid stay as they are. "
    "What has been invoiced stays as it was."
)
OWN = "This plan was made for one customer. Change its prices on the page of the subscription."


def gone(plan: Plan) -> str:
    """Return why nothing of a plan can be changed here, in a sentence; nothing if it can."""
    if plan.deleted_at or plan.pending_deletion:
        return "This plan was deleted."
    return OWN if plan.parent_id else ""


class PlanAction(CatalogueAction):
    """What is shown beside the form of a plan."""

    subject, form = Plan, PlanForm
    asked_by = {"amount_cents": "amount"}

    def obstacle(self, subject: Plan, *, now: datetime) -> str:
        return gone(subject)

    def facts(self, subject: Plan, *, now: datetime) -> Mapping[str, str]:
        commitment = Commitment.objects.filter(plan=subject).first()
        least = shown_money(commitment.amount_cents, subject.amount_currency) if commitment else ""
        return {
            "Name": subject.name,
            "Fee": f"{shown_money(subject.amount_cents, subject.amount_currency)} a {subject.get_interval_display()}",
            "Paid": "in advance" if subject.pay_in_advance else "in arrears",
            "Trial": f"{shown_number(subject.trial_period)} days" if subject.trial_period else "none",
            "Taxes": choices.tax_words(subject.taxes.order_by("name")) or "those of the customer",
            "Minimum commitment": least or "none",
            "Usage thresholds": threshold_words(usage_thresholds.own(subject), subject.amount_currency),
        }


@staff_action
class MakePlan(PlanAction):
    slug, title, confirm, is_maker = "make", "Make a plan", "Make it", True
    activity_type = "plan.created"

    def perform(self, subject: None, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return plans.create(now=now, **fields_of_plan(answers))

    def result(self, subject: Plan) -> str:
        return f"{subject} is made. Now add what is charged for usage, if anything."


@staff_action
class EditPlan(PlanAction):
    slug, title, icon, confirm = "edit", "Edit plan", "edit", "Save"
    place = 1
    activity_type = "plan.updated"

    def note(self, subject: Plan, *, now: datetime) -> str:
        return IN_USE if is_in_use(subject) else ""

    def initial(self, subject: Plan, *, now: datetime) -> dict[str, Any]:
        return as_typed(subject)

    def weight(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime) -> Weight | None:
        return trials.reach(subject)

    def perform(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return plans.update(subject, now=now, **fields_of_plan(answers))

    def result(self, subject: Plan) -> str:
        return f"{subject} is changed."


@staff_action
class DeletePlan(CatalogueAction):
    slug, title, icon, confirm = "delete", "Delete plan", "delete", "Delete it"
    place = 9
    subject, form = Plan, ActionForm
    activity_type = "plan.deleted"
    warning = "This cannot be undone: whoever has the plan is ended now, with a last invoice."

    def obstacle(self, subject: Plan, *, now: datetime) -> str:
        return gone(subject)

    def perform(self, subject: Plan, answers: Mapping[str, Any], *, now: datetime, reason: str) -> object:
        return plans.delete(subject, now=now)

    def facts(self, subject: Plan, *, now: datetime) -> Mapping[str, str]:
        living = subject.subscriptions.filter(status="active").count()
        return {"On sale": "no" if gone(subject) else "yes", "Active subscriptions": str(living)}

    def result(self, subject: Plan) -> str:
        return f"{subject} is deleted."
