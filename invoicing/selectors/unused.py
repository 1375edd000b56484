"""What ended or paused subscriptions have paid for and not used, from what was billed: the base of credit notes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from billing_site.core.periods import Period
from invoicing.calculations.unused import Unused, paused_days, unused_amount, unused_days
from invoicing.models import BilledPeriod, Fee, Invoice
from plans.models import Subscription


@dataclass(frozen=True, slots=True)
class UnusedFee:
    """A fee paid in advance and what of it is left; how it is given back is the subscription's own wish."""

    key: str  # of the act that gives it back
    fee: Fee
    unused: Unused
    option: str  # credit, refund, offset

    @property
    def invoice(self) -> Invoice:
        """Return the invoice that bears the fee; a plan's fee always stands on one."""
        assert self.fee.invoice is not None
        return self.fee.invoice


def unused_fee(subscription: Subscription) -> UnusedFee | None:
    """Return what is to be credited for a terminated subscription; None if nothing is, or is not wanted."""
    return next(iter(unused_fees([subscription])), None)


def unused_fees(subscriptions: Iterable[Subscription]) -> list[UnusedFee]:
    """
    Return what is to be credited for terminated subscriptions (with their plans), where anything is and is wanted.

    Two queries, however many there are.
    """
    wanted = {item.pk: item for item in subscriptions if _is_wanted(item)}
    if not wanted:
        return []
    last = _last_periods(wanted)
    fees = Fee.objects.filter(
        invoice_id__in={period.invoice_id for period in last.values()}, fee_type=Fee.Type.SUBSCRIPTION
    )
    by_place = {(fee.invoice_id, fee.subscription_id): fee for fee in fees.select_related("invoice").order_by("-pk")}
    found = []
    for pk, period in last.items():
        if (fee := by_place.get((period.invoice_id, pk))) and (item := _unused(wanted[pk], period, fee)):
            found.append(item)
    return found


def _option(subscription: Subscription) -> str:
    """Return how it is given back. A change of plan always credits, unless it was to leave the period as paid."""
    return "credit" if subscription.is_replaced else subscription.on_termination_credit_note or "credit"


def _is_wanted(subscription: Subscription) -> bool:
    has_ended = subscription.terminated_at is not None and subscription.plan.pay_in_advance
    return has_ended and subscription.is_prorated and _option(subscription) != "skip"


def _last_periods(subscriptions: dict[int, Subscription]) -> dict[int, BilledPeriod]:
    """Return by subscription the last paid period, if it reaches beyond the end."""
    rows = BilledPeriod.objects.filter(subscription_id__in=subscriptions, kind=BilledPeriod.Kind.PLAN_FEE)
    last = {row.subscription_id: row for row in rows.order_by("subscription_id", "ends_at")}
    return {pk: row for pk, row in last.items() if row.ends_at > _ended(subscriptions[pk])}


def _ended(subscription: Subscription) -> datetime:
    assert subscription.terminated_at is not None
    return subscription.terminated_at


def _unused(subscription: Subscription, period: BilledPeriod, fee: Fee) -> UnusedFee | None:
    assert fee.invoice is not None  # a plan fee always stands on one
    paid = Period(period.starts_at, period.ends_at)
    ended_at, zone = _ended(subscription), fee.invoice.timezone
    trial_ends_at = subscription.trial_ends_at
    days = unused_days(paid, ended_at, zone, is_replaced=subscription.is_replaced, trial_ends_at=trial_ends_at)
    facts = fee.amount_details
    found = unused_amount(facts["plan_amount_cents"], facts["period_days"], fee.amount_cents, days)
    return UnusedFee(f"unused:{fee.pk}", fee, found, _option(subscription)) if found.precise_cents > 0 else None


def paused_fees(subscriptions: Iterable[Subscription]) -> list[UnusedFee]:
    """
    Return what is to be credited for the pauses that are over, where that was asked for.

    Two queries, however many there are.
    """
    wanted = {item.pk: item for item in subscriptions if item.credited_pauses and item.plan.pay_in_advance}
    if not wanted:
        return []
    rows = BilledPeriod.objects.filter(subscription_id__in=wanted, kind=BilledPeriod.Kind.PLAN_FEE)
    paid = [(row, pause) for row in rows.order_by("pk") for pause in _credited(wanted[row.subscription_id], row)]
    fees = Fee.objects.filter(
        invoice_id__in={row.invoice_id for row, _ in paid}, fee_type=Fee.Type.SUBSCRIPTION
    ).select_related("invoice")
    by_place = {(fee.invoice_id, fee.subscription_id): fee for fee in fees.order_by("-pk")}
    found = [
        _paused(wanted[row.subscription_id], row, pause, by_place[row.invoice_id, row.subscription_id])
        for row, pause in paid
        if (row.invoice_id, row.subscription_id) in by_place
    ]
    return [item for item in found if item.unused.precise_cents > 0]


def _credited(subscription: Subscription, period: BilledPeriod) -> list[tuple[datetime, datetime]]:
    """Return the pauses to be credited that began within a period and are over, by going on or by the end of all."""
    turns = zip_longest(subscription.pauses[::2], subscription.pauses[1::2], fillvalue=subscription.terminated_at)
    return [
        (began_at, over_at)
        for began_at, over_at in turns
        if began_at in subscription.credited_pauses and over_at and period.starts_at <= began_at < period.ends_at
    ]


def _paused(subscription: Subscription, period: BilledPeriod, pause: tuple[datetime, datetime], fee: Fee) -> UnusedFee:
    assert fee.invoice is not None  # a plan fee always stands on one
    paid = Period(period.starts_at, period.ends_at)
    has_ended = pause[1] == subscription.terminated_at
    days = paused_days(paid, *pause, fee.invoice.timezone, has_ended=has_ended)
    facts = fee.amount_details
    found = unused_amount(facts["plan_amount_cents"], facts["period_days"], fee.amount_cents, days)
    return UnusedFee(f"paused:{fee.pk}:{pause[0].isoformat()}", fee, found, "credit")
