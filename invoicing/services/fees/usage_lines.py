"""
The lines for usage that are due with a period.

| charge | at the end of a period |
|---|---|
| in arrears | what was used in it; a line that lifts the charge to its minimum, if it has one |
| in advance, recurring metric | what is there then, again and in full, for the period that begins |
| in advance, others | nothing: each event was paid for |
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from billing_site.core.money import exact, round_half_up
from billing_site.core.periods import Period, days_between
from invoicing.selectors.due import Chunk, Due
from invoicing.services.fees import usage_fees
from invoicing.services.fees.drafts import FeeDraft
from metering.selectors.usage import Usage
from plans.calculations.charge_models import Price
from plans.calculations.schedules import TERMINATING, Kind, Part
from plans.models import Charge, Subscription
from plans.selectors.rating import RatedUsage, RatingRequest, rate
from plans.selectors.taxes import taxes_of

RatedDues = Mapping[tuple[int, Kind], Sequence[RatedUsage]]


def rate_dues(dues: Sequence[Due], chunk: Chunk) -> RatedDues:
    """Return the priced usage that is due, by subscription key and kind."""
    carried = _carried_on(dues)
    requests = {
        (due.subscription.pk, kind): request
        for due in dues
        for kind, request in (
            (Kind.USAGE, _in_arrears(due, chunk, carried)),
            (Kind.USAGE_IN_ADVANCE, _renewed(due, chunk)),
        )
        if request
    }
    return dict(zip(requests, rate(requests.values()), strict=True))


def rate_times(asked: Sequence[tuple[Due, Sequence[Charge]]]) -> list[Sequence[RatedUsage]]:
    """Return the priced usage in arrears of times that were due before, each of these charges of its."""
    carried = _carried_on([due for due, _ in asked])
    return list(rate([_of_charges(due, charges, due.act.parts[Kind.USAGE], carried) for due, charges in asked]))


def on_invoice(due: Due, usage: RatedDues, now: datetime) -> list[FeeDraft]:
    """Return the lines that the invoice bears: usage by charge with what lifts it to its minimum, then renewals."""
    subscription, lines = due.subscription, []
    if part := due.act.parts.get(Kind.USAGE):
        for charge, items in _by_charge(usage[subscription.pk, Kind.USAGE]):
            lines += _charge_lines(due, charge, items, part, now)
    if part := due.act.parts.get(Kind.USAGE_IN_ADVANCE):
        for item in _kept(usage, due, is_invoiceable=True):
            fee = usage_fees.build(subscription, item, part.time, now)
            lines.append(FeeDraft(fee, taxes_of(subscription, item.charge)))
    return lines


def alone(due: Due, usage: RatedDues, now: datetime) -> list[FeeDraft]:
    """Return the renewals that no invoice bears."""
    part = due.act.parts.get(Kind.USAGE_IN_ADVANCE)
    if part is None:
        return []
    lines = []
    for item in _kept(usage, due, is_invoiceable=False):
        fee = usage_fees.build(due.subscription, item, part.time, now)
        fee.pay_in_advance, fee.invoiceable = True, False
        lines.append(FeeDraft(fee, taxes_of(due.subscription, item.charge)))
    return lines


def _in_arrears(due: Due, chunk: Chunk, carried: Container[tuple[int, int]]) -> RatingRequest | None:
    part = due.act.parts.get(Kind.USAGE)
    return None if part is None else _of_charges(due, _charges(due, chunk), part, carried)


def _of_charges(due: Due, charges: Iterable[Charge], part: Part, carried: Container[tuple[int, int]]) -> RatingRequest:
    charges = [
        charge
        for charge in charges
        if not charge.pay_in_advance
        and (charge.prorated or (due.subscription.pk, charge.billable_metric_id) not in carried)
    ]
    return RatingRequest(due.subscription, charges, part.time, full_period=part.whole, schedule=due.schedule)


def _carried_on(dues: Iterable[Due]) -> set[tuple[int, int]]:
    """
    Return (replaced subscription, recurring metric) where the next plan bills all that is there too: unless it is
    prorated, the old plan then bills nothing of it (rule M61).
    """
    replaced = [due.subscription.pk for due in dues if due.subscription.is_replaced and due.act.reason == TERMINATING]
    if not replaced:
        return set()
    following = Subscription.objects.filter(
        previous_subscription__in=replaced,
        plan__charges__deleted_at=None,
        plan__charges__billable_metric__recurring=True,
    )
    return set(following.values_list("previous_subscription_id", "plan__charges__billable_metric_id"))


def _renewed(due: Due, chunk: Chunk) -> RatingRequest | None:
    """Return what asks for all that is there as the period begins; it is paid for in full, whatever days it has."""
    part = due.act.parts.get(Kind.USAGE_IN_ADVANCE)
    if part is None:
        return None
    charges = [charge for charge in _charges(due, chunk) if charge.pay_in_advance and charge.billable_metric.recurring]
    until_now = Period(part.time.start - timedelta(days=1), part.time.start)
    return RatingRequest(due.subscription, charges, until_now, is_renewal=True, schedule=due.schedule)


def _charges(due: Due, chunk: Chunk) -> Sequence[Charge]:
    return chunk.charges.get(due.subscription.plan_id, ())


def _kept(usage: RatedDues, due: Due, *, is_invoiceable: bool) -> list[RatedUsage]:
    found = usage[due.subscription.pk, Kind.USAGE_IN_ADVANCE]
    return [item for item in found if item.charge.invoiceable == is_invoiceable and item.usage.units]


def _by_charge(rated: Iterable[RatedUsage]) -> list[tuple[Charge, list[RatedUsage]]]:
    found: dict[int, list[RatedUsage]] = {}
    for item in rated:
        found.setdefault(item.charge.id, []).append(item)
    return [(items[0].charge, items) for items in found.values()]


def _charge_lines(due: Due, charge: Charge, items: Sequence[RatedUsage], part: Part, now: datetime) -> list[FeeDraft]:
    taxes = taxes_of(due.subscription, charge)
    missing = _missing_cents(due, charge, items, part)
    lines = [
        FeeDraft(usage_fees.build(due.subscription, item, part.time, now), taxes)
        for item in items
        if usage_fees.is_worth_a_line(item)
    ]
    if not missing:
        return lines
    parent = next((line.fee for line in lines if line.fee.charge_filter is None), None)
    if parent is None:
        nothing = RatedUsage(charge, None, Usage(), Price(Decimal(0), Decimal(0), {}), 0, Decimal(0))
        parent = usage_fees.build(due.subscription, nothing, part.time, now)
        lines.append(FeeDraft(parent, taxes))
    return [*lines, FeeDraft(usage_fees.build_true_up(parent, missing, now), taxes)]


def _missing_cents(due: Due, charge: Charge, items: Sequence[RatedUsage], part: Part) -> int:
    """Return what the charge's fees lack of its minimum for the days of the period (rule M73)."""
    if not charge.min_amount_cents:
        return 0
    zone = due.schedule.zone
    days = days_between(part.time.start, part.time.end, zone)
    whole = days_between(part.whole.start, part.whole.end, zone)
    used = sum(item.amount_cents for item in items)
    return max(round_half_up(_share(charge.min_amount_cents, min(days, whole), whole) - used), 0)


@exact
def _share(amount_cents: int, days: int, whole: int) -> Decimal:
    return Decimal(amount_cents) * days / whole
