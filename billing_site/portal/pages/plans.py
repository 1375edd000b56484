"""What a customer is subscribed to, and at which prices."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from billing_site.portal.pages.shown import State
from billing_site.portal.pages.usage import charge_name, plan_name
from billing_site.portal.prices import Writer
from billing_site.portal.visits import Visit, page, show
from plans.models import Charge, FixedCharge, Plan, Subscription
from plans.selectors.charges import live_filters, with_prices
from plans.selectors.fixed_charges import timelines

Status = Subscription.Status
LIVING = (Status.ACTIVE, Status.PENDING, Status.INCOMPLETE)
MOST_ENDED = 10


@require_safe
@page
def plans(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Show the subscriptions that run or will, with their prices, and those that have ended."""
    rows = Subscription.objects.filter(customer=visit.customer)
    related = rows.select_related("plan", "customer__billing_entity", "billing_entity").order_by("-id")
    living = list(related.filter(status__in=LIVING))
    ended = list(related.filter(status=Status.TERMINATED)[:MOST_ENDED])
    charges = _by_plan(with_prices(Charge.objects.live().filter(plan__subscriptions__in=living).distinct()))
    fixed_rows = FixedCharge.objects.live().filter(plan__subscriptions__in=living).distinct().select_related("add_on")
    fixed = _by_plan(fixed_rows.order_by("pk"))
    units = timelines([(row, fixed.get(row.plan_id, [])) for row in living])
    context = {
        "living": [
            {
                **_facts(visit, row),
                "prices": [_charge(visit, item, row.plan) for item in charges.get(row.plan_id, [])]
                + [_fixed(visit, item, row, units[row.pk, item.pk]) for item in fixed.get(row.plan_id, [])],
            }
            for row in living
        ],
        "ended": [_facts(visit, row) for row in ended],
    }
    return show(request, visit, "plans", context)


def _by_plan(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.plan_id, []).append(row)
    return found


def _facts(visit: Visit, row: Subscription) -> dict[str, Any]:
    words, plan = visit.words, row.plan
    dates = (
        (words.since, row.started_at if row.status != Status.PENDING else None),
        (words.begins, row.subscription_at if row.status == Status.PENDING else None),
        (words.trial_until, row.trial_ends_at if row.trial_ends_at and row.trial_ends_at > visit.now else None),
        (words.next_billing, row.billing_at if row.status == Status.ACTIVE else None),
        (words.plan_changes, row.change_at if row.status == Status.ACTIVE else None),
        (words.ends, row.ending_at if row.status == Status.ACTIVE else None),
        (words.ended_on, row.terminated_at if row.status == Status.TERMINATED else None),
    )
    return {
        "name": row.name,
        "plan": plan_name(row),
        "description": plan.description,
        "price": words.every[plan.interval].format(price=visit.amount(plan.amount_cents, plan.amount_currency)),
        "state": _state(visit, row),
        "dates": [(label, visit.day_of(moment)) for label, moment in dates if moment],
    }


def _state(visit: Visit, row: Subscription) -> State:
    words = visit.words
    if row.status == Status.ACTIVE:
        return State(words.paused, "open") if row.paused_at else State(words.active, "good")
    if row.status == Status.TERMINATED:
        return State(words.ended_state, "quiet")
    return State(words.begins_later if row.status == Status.PENDING else words.waits_for_payment, "open")


def _charge(visit: Visit, charge: Charge, plan: Plan) -> dict[str, Any]:
    unit = charge.pricing_unit.short_name if charge.pricing_unit else ""
    pen = Writer(visit, plan.amount_currency, unit)
    lines = pen.lines(charge.charge_model, charge.properties)
    if charge.min_amount_cents:
        least = visit.amount(charge.min_amount_cents, plan.amount_currency)
        lines.append(visit.words.at_least_period.format(amount=least))
    filters = [(row.display_name, pen.lines(charge.charge_model, row.properties)) for row in live_filters(charge)]
    return {"name": charge_name(charge), "lines": lines, "filters": filters}


def _fixed(visit: Visit, item: FixedCharge, row: Subscription, steps: Any) -> dict[str, Any]:
    pen = Writer(visit, row.plan.amount_currency)
    units = [step.units for step in steps if step.at <= visit.now] or [item.units]
    name = f"{item.display_name} × {visit.number(units[-1])}"
    return {"name": name, "lines": pen.lines(item.charge_model, item.properties), "filters": []}
