"""The form of a plan: its fee and terms. Its charges have forms of their own."""

from collections.abc import Mapping
from typing import Any

from billing_site.core import money
from billing_site.core.admin.fields import currency, figure, line, one_of, paragraph, some_of, yes
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.api.fields import MAX_CENTS
from plans.admin import choices
from plans.admin.threshold_forms import NAME, as_rows, read_cents, threshold_rows, thresholds_of
from plans.models import Commitment, Plan
from plans.selectors import usage_thresholds
from plans.selectors.plans import is_in_use

LONG = (Plan.Interval.YEARLY, Plan.Interval.SEMIANNUAL)
FROZEN = (
    "code", "interval", "amount_currency", "trial_period", "pay_in_advance", "bill_charges_monthly",
    "bill_fixed_charges_monthly",
)  # fmt: skip
SAME = ("name", "invoice_display_name", "description", "interval", "amount_currency", "pay_in_advance")


class PlanForm(ActionForm):
    name = line("Name")
    code = line("Code", help_text="What programs call it, such as growth.")
    interval = one_of("Billed every", Plan.Interval.choices, initial=Plan.Interval.MONTHLY)
    amount = figure("Fee", help_text="In major units, such as 49.90; 0 for none.")
    amount_currency = currency()
    pay_in_advance = yes("The fee is paid in advance")
    trial_period = figure("Trial, in days", required=False, max_value=3650, decimal_places=3)
    bill_charges_monthly = yes("Usage is billed each month")
    bill_fixed_charges_monthly = yes("Fixed charges are billed each month")
    tax_codes = some_of("Taxes", help_text="None: those of the customer or the company.")
    commitment = figure("Minimum commitment", required=False, help_text="The least that a full period comes to.")
    commitment_name = line("Its name on invoices", required=False)
    commitment_taxes = some_of("Its taxes")
    invoice_display_name = line("Name on invoices", required=False)
    description = paragraph("Description")
    cascade_updates = yes("Also change the prices and thresholds that single customers have, where they were the same")
    groups = (
        Group("Minimum commitment", ("commitment", "commitment_name", "commitment_taxes"), is_folded=True),
        Group("Usage thresholds", (NAME,), is_folded=True),
        Group("Words", ("invoice_display_name", "description"), is_folded=True),
        Group("Customers with prices of their own", ("cascade_updates",)),
    )
    when = {name: f"interval={' '.join(LONG)}" for name in ("bill_charges_monthly", "bill_fixed_charges_monthly")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taxes = choices.taxes()
        for name in ("tax_codes", "commitment_taxes"):
            self.fields[name].choices = taxes  # type: ignore[attr-defined]
            if not taxes:
                del self.fields[name]
        if self.subject is not None and is_in_use(self.subject):
            for name in FROZEN:
                del self.fields[name]
        if self.subject is None or not self.subject.children.filter(deleted_at=None).exists():
            del self.fields["cascade_updates"]
        if "amount_currency" not in self.fields:
            self.fields["amount"].label = f"Fee ({self.subject.amount_currency})"
        self.fields[NAME] = threshold_rows("" if "amount_currency" in self.fields else self.subject.amount_currency)

    def clean(self) -> dict[str, Any]:
        """Work out amounts in minor units, of the currency chosen or of the plan's."""
        answers = super().clean() or {}
        code = answers.get("amount_currency") or (self.subject.amount_currency if self.subject else "")
        for name in ("amount", "commitment"):
            answers[f"{name}_cents"] = cents = self.cents(name, code)
            if cents is not None and cents > MAX_CENTS:
                self.add_error(name, "That is more than can be billed.")
        read_cents(self, code)
        return answers


def fields_of_plan(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was answered as the service, and the API, take it."""
    given = {name: answers[name] for name in (*SAME, "code", "tax_codes") if name in answers}
    given["amount_cents"] = answers["amount_cents"]
    given[NAME] = thresholds_of(answers)
    if "interval" in answers:
        given["trial_period"] = answers["trial_period"] or 0
        is_long = answers["interval"] in LONG
        for name in ("bill_charges_monthly", "bill_fixed_charges_monthly"):
            given[name] = (answers[name] or None) if is_long else None
    given["minimum_commitment"] = None
    if answers["commitment"]:
        given["minimum_commitment"] = {
            "amount_cents": answers["commitment_cents"],
            "invoice_display_name": answers["commitment_name"],
            "tax_codes": answers.get("commitment_taxes"),
        }
    return given | {"cascade_updates": answers.get("cascade_updates", False)}


def as_typed(plan: Plan) -> dict[str, Any]:
    """Return what the form of a plan begins with."""
    commitment = Commitment.objects.filter(plan=plan).first()
    names = (*SAME, "code", "trial_period", "bill_charges_monthly", "bill_fixed_charges_monthly")
    typed = {name: getattr(plan, name) for name in names}
    typed |= {
        "amount": f"{money.to_amount(plan.amount_cents, plan.amount_currency):f}",
        "tax_codes": [tax.code for tax in plan.taxes.all()],
        "cascade_updates": True,
        NAME: as_rows(usage_thresholds.own(plan), plan.amount_currency),
    }
    if commitment is not None:
        typed["commitment"] = f"{money.to_amount(commitment.amount_cents, plan.amount_currency):f}"
        typed["commitment_name"] = commitment.invoice_display_name
        typed["commitment_taxes"] = [tax.code for tax in commitment.taxes.all()]
    return typed
