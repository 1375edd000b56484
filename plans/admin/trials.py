"""Prices tried out beside the form in which they are written."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing_site.core.admin.panels import Sections
from billing_site.core.admin.shown import shown_money, shown_number
from billing_site.core.staff_limits import Kind, Weight
from plans.admin import price_forms
from plans.calculations.charge_models import InvalidProperties
from plans.models import Charge, ChargeFilter, FixedCharge, Plan, Subscription
from plans.selectors import quotes


def plan_of(subject: "Plan | Charge | ChargeFilter | FixedCharge") -> Plan:
    """Return the plan that something belongs to."""
    if isinstance(subject, Plan):
        return subject
    return subject.charge.plan if isinstance(subject, ChargeFilter) else subject.plan


def reach(plan: Plan) -> Weight:
    """Return how many subscriptions the prices of a plan reach, those of its versions for one customer besides."""
    rows = Subscription.objects.filter(Q(plan=plan) | Q(plan__parent=plan))
    live = (Subscription.Status.ACTIVE, Subscription.Status.PENDING)
    return Weight(Kind.PRICE_CHANGES, rows.filter(status__in=live).count())


def tried(subject: "Plan | Charge | ChargeFilter", answers: Mapping[str, Any]) -> Sections:
    """Return what the units to try would cost at the price that was written, before anything is added to it."""
    units: Decimal | None = answers.get("try_units")
    charge = subject.charge if isinstance(subject, ChargeFilter) else subject
    model = answers.get("charge_model") or getattr(charge, "charge_model", None)
    if units is None or not model:
        return {}
    plan = plan_of(subject)
    written = price_forms.properties(model, answers, {})
    try:
        amount = quotes.amount_cents(model, written, quotes.Asked(units), plan.amount_currency)
    except InvalidProperties:
        return {}
    rate = answers.get("conversion_rate")
    note = " (before it is converted)" if rate else ""
    label = f"{shown_number(units)} units"
    return {"Tried": {label: f"{shown_money(amount, plan.amount_currency)}{note}"}}
