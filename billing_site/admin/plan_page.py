"""The pages of a plan and of its charges: prices as a person writes them, who has it, what it entitles to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing_site.admin import thresholds
from billing_site.admin.other_pages import plan_fee
from billing_site.core.admin.panels import Facts, Page, Table, link, list_address
from billing_site.core.admin.shown import shown_local_day, shown_money, shown_number
from customers.selectors import preferences
from plans.admin.charge_actions import charge_facts
from plans.admin.choices import tax_words
from plans.admin.prices import in_words
from plans.models import Charge, ChargeFilter, Commitment, FixedCharge, Plan, Subscription
from plans.selectors.charges import live_filters, with_prices
from plans.selectors.entitlements import of_plan

SHOWN = 10


def plan_page(plan: Plan, *, now: datetime) -> Page:
    """Return a plan's prices as a person writes them, and who has it."""
    prices = [_at_a_glance(plan), _prices(plan), _fixed(plan), *thresholds.of_plan(plan)]
    return Page(main=[*prices, _entitlements(plan), _subscribers(plan)])


def charge_page(charge: Charge, *, now: datetime) -> Page:
    """Return what a charge says, and the prices of its filters."""
    rows = [
        (link(row), "\n".join(in_words(charge.charge_model, row.properties, _currency(charge))))
        for row in live_filters(charge)
    ]
    filters = Table(
        "Filters",
        ("Events with", "Cost"),
        rows,
        empty="All events cost the same. “Add a filter” gives some of them prices of their own.",
    )
    facts = [(label, value, "") for label, value in charge_facts(charge).items() if not label.startswith("Price of")]
    return Page(main=[Facts("At a glance", [("Plan", link(charge.plan), ""), *facts]), filters])


def filter_page(row: ChargeFilter, *, now: datetime) -> Page:
    """Return which events a filter is for, and what they cost."""
    charge = row.charge
    price = "\n".join(in_words(charge.charge_model, row.properties, _currency(charge)))
    named = ", ".join(f"{key}: {', '.join(values)}" for key, values in row.values.items())
    facts = [("Charge", link(charge), ""), ("Events with", named, ""), ("Cost", price, "")]
    return Page(main=[Facts("At a glance", facts)])


def fixed_charge_page(fixed: FixedCharge, *, now: datetime) -> Page:
    """Return what a fixed charge says."""
    price = "\n".join(in_words(fixed.charge_model, fixed.properties, fixed.plan.amount_currency))
    facts = [
        ("Plan", link(fixed.plan), ""),
        ("Units", shown_number(fixed.units), "shared by days" if fixed.prorated else ""),
        ("Price", price, "paid in advance" if fixed.pay_in_advance else "paid in arrears"),
    ]
    return Page(main=[Facts("At a glance", facts)])


def _at_a_glance(plan: Plan) -> Facts:
    commitment = Commitment.objects.filter(plan=plan).first()
    least = shown_money(commitment.amount_cents, plan.amount_currency) if commitment else "none"
    shared = [("Made from", link(plan.parent), "for one customer")] if plan.parent else []
    return Facts(
        "At a glance",
        [
            ("Fee", plan_fee(plan), "in advance" if plan.pay_in_advance else "in arrears"),
            ("Trial", f"{shown_number(plan.trial_period)} days" if plan.trial_period else "none", ""),
            ("Minimum commitment", least, ""),
            ("Taxes", tax_words(plan.taxes.order_by("name")) or "those of the customer", ""),
            ("Code", plan.code, "deleted" if plan.deleted_at or plan.pending_deletion else ""),
            *shared,
        ],
    )


def _prices(plan: Plan) -> Table:
    rows: list[tuple[Any, ...]] = []
    for charge in with_prices(Charge.objects.live().filter(plan=plan)):
        currency = charge.pricing_unit.short_name if charge.pricing_unit else plan.amount_currency
        name = charge.invoice_display_name or charge.billable_metric.name
        rows.append(_row(link(charge, name), charge.get_charge_model_display(), charge, charge.properties, currency))
        rows += [_row(link(row), "for these events", charge, row.properties, currency) for row in live_filters(charge)]
    return Table(
        "Prices",
        ("What", "Priced", "Price"),
        rows,
        empty="Nothing is charged for usage: the fee is all. “Add a charge” above prices a metric.",
        note="Open a line to change its price." if rows else "",
    )


def _row(what: Any, how: str, charge: Charge, properties: Mapping[str, Any], currency: str) -> tuple[Any, ...]:
    return (what, how, "\n".join(in_words(charge.charge_model, properties, currency)))


def _fixed(plan: Plan) -> Table:
    live = FixedCharge.objects.live().filter(plan=plan).select_related("add_on").order_by("pk")
    rows = [
        (
            link(row),
            shown_number(row.units),
            "\n".join(in_words(row.charge_model, row.properties, plan.amount_currency)),
            "in advance" if row.pay_in_advance else "in arrears",
        )
        for row in live
    ]
    return Table(
        "Fixed charges",
        ("What", "Units", "Price", "Paid"),
        rows,
        empty="None. “Add a fixed charge” above sells a number of add-ons with the plan.",
        numeric=frozenset({1}),
    )


def _entitlements(plan: Plan) -> Table:
    fresh = Plan.objects.prefetch_related("entitlements__feature__privileges").get(pk=plan.pk)
    rows = [
        (link(item.feature), ", ".join(f"{code}: {held.value}" for code, held in item.privileges.items()) or "yes")
        for item in of_plan(fresh)
    ]
    return Table("Entitlements", ("Feature", "How much"), rows, empty="None. “Entitlements” above gives features.")


def _subscribers(plan: Plan) -> Table:
    rows = Subscription.objects.filter(plan=plan).select_related("customer__billing_entity").order_by("-id")[:SHOWN]
    return Table(
        "Subscribers",
        ("Subscription", "Customer", "Status", "Began"),
        [
            (
                link(row),
                link(row.customer),
                row.get_status_display(),
                shown_local_day(row.started_at, preferences.terms(row.customer).timezone),
            )
            for row in rows
        ],
        empty="Nobody yet. Subscribe a customer over the API: POST /api/v1/subscriptions.",
        more=list_address(Subscription, f"plan__id__exact={plan.pk}"),
    )


def _currency(charge: Charge) -> str:
    return charge.pricing_unit.short_name if charge.pricing_unit else charge.plan.amount_currency
