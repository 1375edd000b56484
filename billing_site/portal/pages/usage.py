"""What has been used: this period, day by day and charge by charge, and the periods before."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from billing_site.core import localized, money
from billing_site.portal import charts
from billing_site.portal.pages.shown import paged
from billing_site.portal.visits import Visit, page, show
from invoicing.models import InvoiceSubscription
from invoicing.selectors import past_usage
from plans.models import Charge, Subscription
from plans.selectors.usage_by_day import ChargeByDay, Step, UsageByDay, usage_by_day

# Subscriptions whose days are told on one page; who has more sees the newest.
MOST = 12
THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """What was used of one thing: units and amount as written, its bar among the others, its days."""

    name: str
    units: str
    amount: str
    share: Decimal
    tone: int
    days: charts.Bars


@dataclass(frozen=True, slots=True)
class UsagePanel:
    name: str
    plan: str
    period: str
    amount: str
    cost: charts.Bars
    rows: Sequence[ChargeRow]


@require_safe
@page
def usage(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Show current and past usage."""
    mine = Subscription.objects.filter(customer=visit.customer)
    found = paged(request, past_usage.periods(mine))
    rows = [_past(visit, row) for row in found.object_list]
    return show(request, visit, "usage", {"usage": panels(visit), "past": rows, "page": found})


def panels(visit: Visit, most: int = MOST) -> list[UsagePanel]:
    """Return the usage of the periods that run, of subscriptions that have prices for usage."""
    running = Subscription.objects.filter(customer=visit.customer, status=Subscription.Status.ACTIVE)
    related = running.select_related("customer__billing_entity", "billing_entity", "plan").order_by("-id")
    found = usage_by_day(list(related[:most]), now=visit.now)
    return [_panel(visit, item) for item in found if item.charges]


def _panel(visit: Visit, usage: UsageByDay) -> UsagePanel:
    currency = usage.subscription.plan.amount_currency
    ranked = sorted(usage.charges, key=lambda item: -item.cents)
    longest = Decimal(max((item.cents for item in ranked), default=0))
    return UsagePanel(
        name=str(usage.subscription),
        plan=plan_name(usage.subscription),
        period=visit.days(usage.period.start, usage.period.end),
        amount=visit.amount(usage.cents, currency),
        cost=_cost(visit, ranked, currency),
        rows=[_row(visit, item, place, currency, longest) for place, item in enumerate(ranked)],
    )


def plan_name(subscription: Subscription) -> str:
    """Return what the plan of a subscription is called to its customer."""
    plan = subscription.plan
    return str(plan.invoice_display_name or plan.name)


def charge_name(charge: Charge) -> str:
    """Return what a charge is called to its customer."""
    return str(charge.invoice_display_name or charge.billable_metric.name)


def _cost(visit: Visit, ranked: Sequence[ChargeByDay], currency: str) -> charts.Bars:
    steps = ranked[0].steps
    sums = [sum(item.steps[place].cents for item in ranked) for place in range(len(steps))]
    written = [
        [_step(visit, step), *(visit.amount(item.steps[place].cents, currency) for item in ranked)]
        for place, step in enumerate(steps)
    ]
    total = visit.amount(sum(sums), currency)
    most = visit.amount(max(sums, default=0), currency)
    ends = _step(visit, steps[0]), _step(visit, steps[-1])
    return charts.Bars(
        title=visit.words.cost_by_day,
        rectangles=charts.stacked(
            [[Decimal(item.steps[place].cents) for item in ranked] for place in range(len(steps))]
        ),
        first=ends[0],
        last=ends[1],
        most=most,
        summary=visit.words.cost_summary.format(first=ends[0], last=ends[1], total=total, most=most),
        series=[(charge_name(item.charge), min(place, charts.TONES - 1)) for place, item in enumerate(ranked)],
        columns=[visit.words.day, *(charge_name(item.charge) for item in ranked)],
        rows=written,
    )


def _row(visit: Visit, item: ChargeByDay, place: int, currency: str, longest: Decimal) -> ChargeRow:
    name, units = charge_name(item.charge), visit.number(_readable(item.units))
    most = visit.number(_readable(max((step.units for step in item.steps), default=Decimal(0))))
    ends = _step(visit, item.steps[0]), _step(visit, item.steps[-1])
    days = charts.Bars(
        title=name,
        rectangles=charts.stacked([[step.units] for step in item.steps]),
        first=ends[0],
        last=ends[1],
        most=most,
        summary=visit.words.units_summary.format(name=name, first=ends[0], last=ends[1], most=most),
        series=[],
        columns=[visit.words.day, visit.words.units],
        rows=[[_step(visit, step), visit.number(_readable(step.units))] for step in item.steps],
    )
    tone = min(place, charts.TONES - 1)
    amount = visit.amount(item.cents, currency)
    return ChargeRow(name, units, amount, charts.share(Decimal(item.cents), longest), tone, days)


def _step(visit: Visit, step: Step) -> str:
    first, last = (localized.day_and_month(day, visit.locale) for day in (step.first, step.last))
    return first if first == last else f"{first} – {last}"


@money.exact
def _readable(units: Decimal) -> Decimal:
    """Return units to the thousandth, which is what a page has room for."""
    return units.quantize(THOUSANDTH, ROUND_HALF_UP)


def _past(visit: Visit, row: InvoiceSubscription) -> dict[str, Any]:
    """Return a billed period: what was used of each thing, added up over filters and groups."""
    by_name: dict[str, tuple[Decimal, int]] = {}
    for fee in past_usage.fees_of(row):
        name = fee.invoice_display_name or fee.item_name
        units, cents = by_name.get(name, (Decimal(0), 0))
        by_name[name] = units + fee.units, cents + fee.amount_cents
    currency = row.invoice.currency
    assert row.charges_from_at is not None and row.charges_to_at is not None  # noqa: PT018
    return {
        "name": row.name or str(row.subscription),
        "period": visit.days(row.charges_from_at, row.charges_to_at),
        "amount": visit.amount(sum(cents for _, cents in by_name.values()), currency),
        "invoice": visit.address("invoice", lago_id=row.invoice.lago_id),
        "rows": [
            (name, visit.number(_readable(units)), visit.amount(cents, currency))
            for name, (units, cents) in by_name.items()
        ],
    }
