"""Usage thresholds for staff: those of a plan, and how far a subscription is on its way to its own."""

from datetime import datetime

from billing_site.core.admin.panels import Facts, Panel, Table
from billing_site.core.admin.shown import shown_money, shown_number
from invoicing.selectors.lifetime_usage import lifetime_usages
from plans.admin.threshold_forms import amount_words
from plans.calculations.usage_thresholds import Threshold, completions, last_and_next
from plans.models import Plan, Subscription
from plans.selectors import usage_thresholds


def of_plan(plan: Plan) -> list[Panel]:
    """Return the thresholds that count for a plan, none if it has none."""
    rows = usage_thresholds.of_plan(plan)
    if not rows:
        return []
    table = Table(
        "Usage is billed at once when it reaches",
        ("Usage", "Name"),
        [(amount_words(row, plan.amount_currency), row.threshold_display_name or "–") for row in rows],
        empty="",
    )
    return [table]


def of_subscription(subscription: Subscription, *, now: datetime) -> list[Panel]:
    """Return the usage of a subscription's life and the thresholds around it, none if it has no thresholds."""
    rows = {row.pk: row for row in usage_thresholds.applicable(subscription)}
    if not rows:
        return []
    [usage] = lifetime_usages([subscription], now=now)
    currency = subscription.plan.amount_currency
    terms = [Threshold(row.pk, row.amount_cents, row.recurring) for row in rows.values()]
    last, following = last_and_next(completions(terms, usage_cents=usage.total_cents))
    facts = [("So far", shown_money(usage.total_cents, currency), f"{shown_money(usage.current_cents, currency)} now")]
    if last:
        facts.append(("Reached", shown_money(last.amount_cents, currency), rows[last.key].threshold_display_name))
    if following:
        facts.append(
            ("Next", shown_money(following.amount_cents, currency), f"{shown_number(following.ratio * 100)} %")
        )
    if subscription.progressive_billing_disabled:
        facts.append(("Billed", "with its period", "thresholds are switched off for it"))
    return [Facts("Usage thresholds", facts)]
