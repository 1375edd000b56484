"""The form of prices that one subscription has alone: each price of its plan, as it is now."""

from collections.abc import Mapping
from typing import Any

from billing_site.core import money
from billing_site.core.admin.fields import figure
from billing_site.core.admin.forms import ActionForm, Group
from billing_site.core.admin.shown import shown_money
from billing_site.core.api.fields import MAX_CENTS
from plans.admin import price_forms
from plans.admin.charge_forms import MISSING
from plans.admin.moments import OPEN, MomentForm
from plans.admin.prices import in_words
from plans.models import Charge, ChargeFilter, FixedCharge, Plan
from plans.selectors.charges import live_filters, with_prices

Priced = Charge | ChargeFilter | FixedCharge
PREFIXES = {Charge: "c", ChargeFilter: "f", FixedCharge: "x"}


def priced_of(plan: Plan) -> list[Priced]:
    """Return what has a price on a plan: charges, each with its filters, and fixed charges."""
    rows: list[Priced] = []
    for charge in with_prices(Charge.objects.live().filter(plan=plan)):
        rows += [charge, *live_filters(charge)]
    return [*rows, *FixedCharge.objects.live().filter(plan=plan).select_related("add_on", "plan").order_by("pk")]


def _prefix(row: Priced) -> str:
    return f"{PREFIXES[type(row)]}{row.pk}-"


def _model(row: Priced) -> str:
    return str(row.charge.charge_model if isinstance(row, ChargeFilter) else row.charge_model)


def _name(row: Priced) -> str:
    if isinstance(row, ChargeFilter):
        return f"{_name(row.charge)}, {row.display_name}"
    if isinstance(row, FixedCharge):
        return row.display_name
    return row.invoice_display_name or row.billable_metric.name


class PricesForm(ActionForm):
    """Each price of a plan as a person writes it; subclasses say of which plan, and what stands there."""

    amount = figure("Fee")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan = self.plan
        currency, groups = plan.amount_currency, []
        self.fields["amount"].label = f"Fee of a {plan.get_interval_display()} ({currency})"
        present = self.written()
        cents = present.get("amount_cents", plan.amount_cents)
        self.initial.setdefault("amount", f"{money.to_amount(cents, currency):f}")
        self.rows = priced_of(plan)
        for row in self.rows:
            prefix, model = _prefix(row), _model(row)
            made = price_forms.price_fields([model], _currency(row, currency), prefix)
            self.fields.update(made)
            typed = price_forms.as_typed(model, _written_of(row, present, row.properties), prefix)
            self.initial.update({name: typed[name] for name in made})
            groups.append(Group(_name(row), tuple(made)))
        self.groups = [*groups, *self.groups]
        self.order_fields([name for name in self.fields if name != "reason"])

    @property
    def plan(self) -> Plan:
        """The plan whose prices they are."""
        found: Plan = self.subject.plan
        return found

    def written(self) -> Mapping[str, Any]:
        """Return the prices that were written before, as the API takes them; the plan's stand where there are none."""
        return {}

    def clean(self) -> dict[str, Any]:
        """Ask for what a price needs, and for a change."""
        answers = super().clean() or {}
        answers["amount_cents"] = cents = self.cents("amount", self.plan.amount_currency)
        if cents is not None and cents > MAX_CENTS:
            self.add_error("amount", "That is more than can be billed.")
        for row in self.rows:
            for name in price_forms.missing(_model(row), answers, _prefix(row)):
                if name not in self.errors:
                    self.add_error(name, MISSING)
        if not self.errors and not overrides_of(self.plan, answers):
            self.add_error(None, "Nothing is changed: write another price.")
        return answers


class OverrideForm(PricesForm, MomentForm):
    groups = (Group("", ("at", "on_day", "prorate")),)

    def first_moments(self) -> list[tuple[str, str]]:
        """Return the way of changing prices without a new period."""
        return [(OPEN, "now, for all that is not billed yet")]


def _written_of(row: Priced, present: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties of a price as overrides have them, else its own."""
    kind = "fixed_charges" if isinstance(row, FixedCharge) else "charges"
    code = row.charge.code if isinstance(row, ChargeFilter) else row.code
    item = next((item for item in present.get(kind) or () if item["code"] == code), {})
    if isinstance(row, ChargeFilter):
        item = next((other for other in item.get("filters") or () if other["values"] == row.values), {})
    return item.get("properties") or own


def overrides_of(plan: Plan, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs from the plan as the service, and the API, take it."""
    overrides: dict[str, Any] = {}
    if answers.get("amount_cents") is not None and answers["amount_cents"] != plan.amount_cents:
        overrides["amount_cents"] = answers["amount_cents"]
    items: dict[str, list[dict[str, Any]]] = {"charges": [], "fixed_charges": []}
    rows = priced_of(plan)
    for row in rows:
        if isinstance(row, ChargeFilter):
            continue
        kind = "fixed_charges" if isinstance(row, FixedCharge) else "charges"
        item = _changed(row, answers)
        if isinstance(row, Charge):
            filters = [other for other in rows if isinstance(other, ChargeFilter) and other.charge_id == row.pk]
            if any(_changed(other, answers) for other in filters):
                item["filters"] = [_filter(other, answers) for other in filters]
        if item:
            items[kind].append({"code": row.code, **item})
    return overrides | {kind: found for kind, found in items.items() if found}


def _filter(row: ChargeFilter, answers: Mapping[str, Any]) -> dict[str, Any]:
    same = {"values": row.values, "invoice_display_name": row.invoice_display_name, "properties": row.properties}
    return same | _changed(row, answers)


def _changed(row: Priced, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties if another price was written: compared as it is typed, not as it happens to be stored."""
    written = price_forms.properties(_model(row), answers, row.properties, _prefix(row))
    return {"properties": written} if _is_other(row, written) else {}


def _is_other(row: Priced, properties: Mapping[str, Any]) -> bool:
    typed = (price_forms.as_typed(_model(row), found) for found in (properties, row.properties))
    return _plainly(next(typed)) != _plainly(next(typed))


def _plainly(typed: Any) -> Any:
    if isinstance(typed, dict):
        return {key: _plainly(value) for key, value in typed.items()}
    if isinstance(typed, list):
        return [_plainly(value) for value in typed]
    return "" if typed is None else str(typed)


def written_in_words(plan: Plan, overrides: Mapping[str, Any]) -> dict[str, str]:
    """Return the prices that overrides of a plan name, in words."""
    currency, facts = plan.amount_currency, {}
    if overrides.get("amount_cents") is not None:
        facts["Fee"] = f"{shown_money(overrides['amount_cents'], currency)} a {plan.get_interval_display()}"
    for row in priced_of(plan):
        properties = _written_of(row, overrides, row.properties)
        if _is_other(row, properties):
            facts[_name(row)] = "\n".join(in_words(_model(row), properties, _currency(row, currency)))
    return facts


def price_facts(plan: Plan) -> dict[str, str]:
    """Return the fee and the prices of a plan in words."""
    currency = plan.amount_currency
    facts = {"Fee": f"{shown_money(plan.amount_cents, currency)} a {plan.get_interval_display()}"}
    for row in priced_of(plan):
        label = _name(row) if _name(row) not in facts else f"{_name(row)} ({row.pk})"
        facts[label] = "\n".join(in_words(_model(row), row.properties, _currency(row, currency)))
    return facts


def _currency(row: Priced, currency: str) -> str:
    charge = row.charge if isinstance(row, ChargeFilter) else row
    unit = charge.pricing_unit if isinstance(charge, Charge) else None
    return unit.short_name if unit else currency
