"""
What other prices would have made of periods that have been billed: the same walk as billing, from stored usage.

The prices are given to plans in a savepoint by the service that would give them, the periods are rated anew, and all is
undone. Of the same prices nothing differs. What was paid event by event is left out on both sides.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from billing_site.core import rehearsal
from billing_site.core.money import exact
from invoicing.models import BilledPeriod, Fee, Invoice, InvoiceSubscription
from invoicing.selectors import due as due_selectors
from invoicing.services import composition
from invoicing.services.rated import rate_dues
from plans.calculations.schedules import PERIODIC
from plans.models import Plan, PriceChangeMember, Subscription
from plans.services import overrides

A_CHUNK, A_RUN = 200, 5_000  # members rated at once, and in a tick


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last periods of a subscription came to and would have, in minor units, before discounts and taxes."""

    periods: int
    billed_cents: int
    repriced_cents: int

    @property
    def difference_cents(self) -> int:
        """What the customer would have paid more, or less."""
        return self.repriced_cents - self.billed_cents


def run(
    subscriptions: Sequence[Subscription], prices: Mapping[str, Any], *, now: datetime, periods: int = 1
) -> dict[int, Outcome]:
    """
    Return by subscription what its last billed periods would have come to; none of those that have none.

    The number of queries depends on that of their plans and of the periods, not on that of the subscriptions.

    :raises BillingError: whatever the prices are refused for
    """
    passes = _passes(subscriptions, periods)

    def repriced() -> dict[int, int]:
        plans: dict[int, Plan] = {}
        found: dict[int, int] = {}
        for rows in passes:
            for key, cents in _rated(rows, plans, prices, now).items():
                found[key] = found.get(key, 0) + cents
        return found

    anew = rehearsal.undone(repriced)
    billed = _billed(row for rows in passes for row in rows)
    counts: dict[int, int] = {}
    for row in (row for rows in passes for row in rows):
        counts[row.subscription_id] = counts.get(row.subscription_id, 0) + 1
    return {key: Outcome(count, billed.get(key, 0), anew.get(key, 0)) for key, count in counts.items()}


def _passes(subscriptions: Iterable[Subscription], periods: int) -> list[list[InvoiceSubscription]]:
    """Return the latest billings of each subscription, then the ones before them: one of each in a pass."""
    rows = InvoiceSubscription.objects.filter(
        subscription__in=[item.pk for item in subscriptions],
        invoice__status=Invoice.Status.FINALIZED,
        invoice__invoice_type=Invoice.Type.SUBSCRIPTION,
        invoicing_reason=PERIODIC,
    )
    passes: list[list[InvoiceSubscription]] = [[] for _ in range(periods)]
    seen: dict[int, int] = {}
    for row in rows.select_related("subscription", "invoice").order_by("subscription", "-billed_at", "-pk"):
        place = seen[row.subscription_id] = seen.get(row.subscription_id, -1) + 1
        if place < periods:
            passes[place].append(row)
    return [found for found in passes if found]


@exact
def _rated(
    rows: Sequence[InvoiceSubscription], plans: dict[int, Plan], prices: Mapping[str, Any], now: datetime
) -> dict[int, int]:
    """Return by subscription what a billing each comes to at the prices; plans that have them are kept for the next."""
    due_selectors.attach([row.subscription for row in rows])
    billed: dict[tuple[int, int], list[BilledPeriod]] = {}
    for period in BilledPeriod.objects.filter(invoice__in=[row.invoice_id for row in rows]):
        billed.setdefault((period.invoice_id, period.subscription_id), []).append(period)
    dues, invoices = [], {}
    for row in rows:
        subscription = row.subscription
        if subscription.plan_id not in plans:
            own = subscription if subscription.plan.parent_id else None
            plans[subscription.plan_id] = overrides.make(subscription.plan, prices, now=now, subscription=own)
        subscription.plan = plans[subscription.plan_id]
        found = billed.get((row.invoice_id, row.subscription_id), ())
        dues.append(due_selectors.due_again(row, found, row.invoice.timezone))
        invoices[subscription.pk] = row.invoice
    chunk = due_selectors.with_prices(dues)
    rated = rate_dues(chunk.dues, chunk)
    return {
        due.subscription.pk: sum(
            item.fee.amount_cents for item in composition.fees_of(due, rated, invoices[due.subscription.pk], now)
        )
        for due in chunk.dues
    }


def _billed(rows: Iterable[InvoiceSubscription]) -> dict[int, int]:
    """Return by subscription what its lines on these invoices came to."""
    keys = [(row.subscription_id, row.invoice_id) for row in rows]
    fees = Fee.objects.filter(
        subscription__in={subscription for subscription, _ in keys},
        invoice__in={invoice for _, invoice in keys},
        event_transaction_id="",
        late_usage=None,
        deleted_at=None,
    )
    return dict(fees.values_list("subscription").annotate(cents=Sum("amount_cents")))


def try_due(*, now: datetime) -> int:
    """Try the prices of planned changes on members that have not been tried, in chunks; return how many were."""
    count = 0
    while count < A_RUN:
        waiting = PriceChangeMember.objects.filter(tried_at=None).order_by("price_change", "pk")
        rows = list(waiting.select_related("price_change", "subscription")[:A_CHUNK])
        rows = [row for row in rows if row.price_change_id == rows[0].price_change_id]
        if not rows:
            break
        change = rows[0].price_change
        found = run([row.subscription for row in rows], change.prices, now=now, periods=change.periods)
        for row in rows:
            outcome = found.get(row.subscription_id)
            row.tried_at = now
            row.billed_cents = outcome.billed_cents if outcome else None
            row.repriced_cents = outcome.repriced_cents if outcome else None
        PriceChangeMember.objects.bulk_update(rows, ["tried_at", "billed_cents", "repriced_cents"])
        count += len(rows)
    return count
