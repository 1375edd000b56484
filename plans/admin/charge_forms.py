"""The forms of a charge and of its filters."""

from collections.abc import Mapping
from typing import Any

from billing_site.core import money
from billing_site.core.admin.fields import figure, line, one_of, picked, some_of, yes
from billing_site.core.admin.forms import ActionForm, Group
from metering.models import BillableMetric
from plans.admin import choices, price_forms
from plans.admin.price_forms import GROUPS, OF_MODELS
from plans.calculations.charge_filters import ALL_VALUES
from plans.models import Charge, Plan
from plans.selectors.plans import is_in_use

FLAGS = ("pay_in_advance", "invoiceable", "prorated", "accepts_target_wallet")
PRICE = ("charge_model", *OF_MODELS)
MISSING = "Write the price; 0 if it is free."
CASCADE = "Also change this where single customers still have the same"


class PricedForm(ActionForm):
    """A form with a price in it: `models` are those that can be chosen, or the one that it keeps."""

    try_units = figure("Units to try", required=False, help_text="What they would cost stands beside the form.")

    def add_price(self, models: list[str], currency: str) -> None:
        """Add the fields of the price."""
        self.fields.update(price_forms.price_fields(models, currency))
        if len(models) > 1:
            self.when = {**self.when, **price_forms.price_when("charge_model")}

    @property
    def model(self) -> str:
        """The charge model that was chosen, or that there is."""
        return str(self.cleaned_data.get("charge_model") or getattr(self.subject, "charge_model", ""))

    def clean(self) -> dict[str, Any]:
        """Look only at what belongs to the chosen model, and ask for what it needs."""
        answers = super().clean() or {}
        if self.model:
            self.forget_errors(price_forms.others(self.model))
            for name in price_forms.missing(self.model, answers):
                if name not in self.errors:
                    self.add_error(name, MISSING)
        return answers


class ChargeForm(PricedForm):
    metric = picked("Charge for")
    charge_model = one_of("Priced", Charge.Model.choices, initial=Charge.Model.STANDARD)
    pricing_unit = picked("Priced in", required=False)
    conversion_rate = figure("One of them is worth", required=False, help_text="In the currency of the plan.")
    pay_in_advance = yes("Each event is paid for at once")
    invoiceable = yes("Stands on invoices", initial=True)
    prorated = yes("Shared by days")
    regroup_paid_fees = yes("Paid fees are gathered on an invoice each month")
    min_amount = figure("Minimum for each period", required=False)
    accepts_target_wallet = yes("Events may name the wallet that pays")
    tax_codes = some_of("Taxes", help_text="None: those of the plan, the customer or the company.")
    invoice_display_name = line("Name on invoices", required=False)
    code = line("Code", required=False, help_text="Empty: that of the metric.")
    cascade_updates = yes(CASCADE, initial=True)
    groups = (
        Group("Price", PRICE),
        Group("Try it", ("try_units",)),
        Group("Groups of usage", GROUPS, is_folded=True),
        Group("In units of your own", ("pricing_unit", "conversion_rate"), is_folded=True),
        Group("How it is paid", (*FLAGS[:3], "regroup_paid_fees", "min_amount", FLAGS[3]), is_folded=True),
        Group("Name and taxes", ("invoice_display_name", "code", "tax_codes"), is_folded=True),
        Group("Customers with prices of their own", ("cascade_updates",)),
    )
    when = {"invoiceable": "pay_in_advance=on", "regroup_paid_fees": "pay_in_advance=on"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan: Plan = self.subject if isinstance(self.subject, Plan) else self.subject.plan
        currency = self.plan.amount_currency
        self.add_price(list(Charge.Model.values), currency)
        self.fields.update(price_forms.group_fields())
        self.fields["min_amount"].label = f"Minimum for each period ({currency})"
        self.offer("metric", choices.metrics())
        self.offer("pricing_unit", choices.pricing_units(f"{currency}, the currency"))
        self.offer("tax_codes", choices.taxes())
        if not self.plan.children.filter(deleted_at=None).exists():
            del self.fields["cascade_updates"]

    def offer(self, name: str, offered: choices.Choices) -> None:
        """Set what can be chosen; a field with nothing to choose goes."""
        self.fields[name].choices = offered  # type: ignore[attr-defined]
        if name != "metric" and {value for value, _ in offered} <= {""}:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Work out the minimum in minor units."""
        answers = super().clean()
        answers["min_amount_cents"] = self.cents("min_amount", self.plan.amount_currency) or 0
        if answers.get("pricing_unit") and not answers.get("conversion_rate"):
            self.add_error("conversion_rate", "What is one of them worth?")
        return answers


class ChargeEditForm(ChargeForm):
    """Of a charge whose plan is in use only the price, the minimum, the name and the taxes can change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("metric", "code", "pricing_unit"):
            self.fields.pop(name, None)
        if self.subject.pricing_unit_id is None:
            del self.fields["conversion_rate"]
        if is_frozen(self.subject):
            for name in ("charge_model", *FLAGS, "regroup_paid_fees"):
                del self.fields[name]
            for name in price_forms.others(self.subject.charge_model):
                del self.fields[name]
            self.when = {}


class FilterForm(PricedForm):
    """Which events, and what they cost: by the charge's own model."""

    invoice_display_name = line("Name on invoices", required=False)
    cascade_updates = yes(CASCADE, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.charge: Charge = self.subject if isinstance(self.subject, Charge) else self.subject.charge
        self.keys: dict[str, str] = {}
        if isinstance(self.subject, Charge):
            self._ask_for_values(self.charge.billable_metric)
        self.add_price([self.charge.charge_model], self.charge.plan.amount_currency)
        self.groups = (
            Group("Events with", tuple(self.keys)),
            Group("Cost", tuple(OF_MODELS)),
            Group("Try it", ("try_units",)),
        )
        if not self.charge.plan.children.filter(deleted_at=None).exists():
            del self.fields["cascade_updates"]

    @property
    def model(self) -> str:
        """The model of the charge."""
        return str(self.charge.charge_model)

    def _ask_for_values(self, metric: BillableMetric) -> None:
        for number, row in enumerate(metric.filters.order_by("pk")):
            name = f"values_{number}"
            self.keys[name] = row.key
            offered = [(ALL_VALUES, "any of them"), *((value, value) for value in row.values)]
            self.fields[name] = some_of(row.key.capitalize(), offered)

    def clean(self) -> dict[str, Any]:
        """Gather the values by property; any of them stands for all."""
        answers = super().clean()
        chosen = {key: answers.get(name) or [] for name, key in self.keys.items()}
        values = {key: [ALL_VALUES] if ALL_VALUES in given else given for key, given in chosen.items() if given}
        if self.keys and not values:
            self.add_error(next(iter(self.keys)), "Which events? Choose at least one value.")
        answers["values"] = values
        return answers


def is_frozen(charge: Charge) -> bool:
    """Test if somebody is subscribed to the plan of a charge."""
    return is_in_use(charge.plan)


def fields_of_charge(answers: Mapping[str, Any], *, model: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was answered as the service, and the API, take it."""
    given: dict[str, Any] = {
        "properties": price_forms.properties(model, answers, before),
        "invoice_display_name": answers["invoice_display_name"],
        "min_amount_cents": answers["min_amount_cents"],
        "tax_codes": answers.get("tax_codes"),
    }
    if "charge_model" in answers:
        given["charge_model"] = model
        given |= {name: answers[name] for name in FLAGS}
        if not given["pay_in_advance"]:
            given["invoiceable"] = True
        is_gathered = answers["regroup_paid_fees"] and given["pay_in_advance"]
        given["regroup_paid_fees"] = "invoice" if is_gathered else ""
    if answers.get("code"):
        given["code"] = answers["code"]
    if answers.get("conversion_rate"):
        given["applied_pricing_unit"] = {
            "code": answers.get("pricing_unit"), "conversion_rate": answers["conversion_rate"]
        }  # fmt: skip
    return given


def as_typed(charge: Charge) -> dict[str, Any]:
    """Return what the form of a charge begins with."""
    names = (*FLAGS, "charge_model", "invoice_display_name", "conversion_rate")
    typed = {name: getattr(charge, name) for name in names}
    minimum = money.to_amount(charge.min_amount_cents, charge.plan.amount_currency)
    typed["min_amount"] = f"{minimum:f}" if charge.min_amount_cents else ""
    typed["regroup_paid_fees"] = charge.regroup_paid_fees == "invoice"
    typed["tax_codes"] = [tax.code for tax in charge.taxes.all()]
    return typed | price_forms.as_typed(charge.charge_model, charge.properties)
