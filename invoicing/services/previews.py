"""
The invoice that comes next, computed by the reading half of billing: in memory, no lock, no write.

It is shown as it would be when final, with what discounts there are now; usage is what has come in by now.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing_site.core.periods import local_date
from credits.models import AppliedCoupon
from invoicing.calculations.issuing_dates import dates_when_billed
from invoicing.selectors import due as due_selectors
from invoicing.services import composition, prepaid, settlement
from invoicing.services.composition import InvoiceDraft
from plans.calculations import schedules
from plans.models import Subscription
from plans.selectors.schedules import schedule_of

# A day may be a boundary and bill nothing: a trial at a yearly plan, usage by the month that nobody charges for.
MOST_EMPTY_DAYS = 14


@dataclass(frozen=True, slots=True)
class Upcoming:
    """An invoice that has not been made, and when it will be."""

    at: datetime
    draft: InvoiceDraft


def upcoming(customers: Iterable[int], *, now: datetime, at: datetime | None = None) -> dict[int, list[Upcoming]]:
    """
    Return by customer the invoices of its next billing day, or of the first one from `at` on.

    There are several where currencies or order numbers differ. A customer of whom nothing will be due has none. The
    number of queries does not depend on how many customers there are.
    """
    rows = Subscription.objects.filter(customer_id__in=list(customers), billing_at__isnull=False)
    related = rows.select_related("customer__billing_entity", "plan").order_by("customer_id", "pk")
    found = upcoming_of(related, now=now, at=at)
    prepaid.foresee([item.draft for items in found.values() for item in items])
    return found


def upcoming_of(
    subscriptions: Iterable[Subscription], *, now: datetime, at: datetime | None = None
) -> dict[int, list[Upcoming]]:
    """Return the same for these subscriptions alone (their customers, entities and plans are read)."""
    return _first_invoices([(item, max(at or now, now)) for item in subscriptions], now)


def after_trials(subscriptions: Iterable[Subscription], *, now: datetime) -> dict[int, list[Upcoming]]:
    """Return by customer the invoices of the first billing day after the trials of these subscriptions."""
    return _first_invoices([(item, max(item.trial_ends_at or now, now)) for item in subscriptions], now)


def _first_invoices(asked: Iterable[tuple[Subscription, datetime]], now: datetime) -> dict[int, list[Upcoming]]:
    """Walk on, all customers at once, from days on which nothing is billed to the first on which something is."""
    waiting = [row for item, earliest in asked if (row := _moved(copy.copy(item), earliest)) is not None]
    found: dict[int, list[Upcoming]] = {}
    for _ in range(MOST_EMPTY_DAYS):
        if not waiting:
            break
        chunk = due_selectors.load(waiting)
        chunk.dues = due_selectors.earliest(chunk.dues)
        for draft in composition.compose(chunk, now=now):
            _settle(draft, chunk.coupons.get(draft.invoice.customer_id, []), now)
            found.setdefault(draft.invoice.customer_id, []).append(Upcoming(max(_due_at(draft), now), draft))
        passed = {due.subscription.pk for due in chunk.dues}
        unbilled = [row for row in waiting if row.customer_id not in found]
        waiting = [row for row in unbilled if row.pk not in passed or _walk_on(row)]
    return found


def _walk_on(subscription: Subscription) -> bool:
    """Move a subscription to the next instant at which something may be due; False if there is none."""
    schedule = schedule_of(subscription)
    assert subscription.billing_at is not None
    if subscription.billing_at == schedule.terminated_at:
        return False
    subscription.billing_at = schedules.next_act(schedule, subscription.billing_at)
    return True


def _moved(subscription: Subscription, earliest: datetime) -> Subscription | None:
    """Return the subscription with the instant it is due at from then on, its planned end heeded; None if never."""
    if subscription.billing_at is None:
        return None
    end = subscription.ending_at
    if end is not None and subscription.terminated_at is None:
        subscription.terminated_at = end
    schedule = schedule_of(subscription)
    due_at: datetime | None = subscription.billing_at
    if schedule.terminated_at is not None:
        due_at = min(subscription.billing_at, schedule.terminated_at)
    while due_at is not None and due_at < earliest and due_at != schedule.terminated_at:
        due_at = schedules.next_act(schedule, due_at)
    if due_at is None:
        return None
    subscription.billing_at = due_at
    return subscription


def _settle(draft: InvoiceDraft, coupons: Sequence[AppliedCoupon], now: datetime) -> None:
    """Take discounts off and put taxes on, as when final; date it on the day it will be made."""
    usable = [coupon for coupon in coupons if coupon.status == AppliedCoupon.Status.ACTIVE]
    settlement.discount(draft, usable, now=now)
    settlement.total(draft, now=now)
    settlement.use_notes(draft, now=now)
    invoice = draft.invoice
    day = local_date(max(_due_at(draft), now), invoice.timezone)
    is_recurring = draft.dues[0].act.reason == schedules.PERIODIC
    dates = dates_when_billed(day, composition.date_terms_of(draft.terms), is_recurring=is_recurring)
    invoice.issuing_date, invoice.payment_due_date = dates.issuing_date, dates.payment_due_date
    invoice.expected_finalization_date = dates.expected_finalization_date


def _due_at(draft: InvoiceDraft) -> datetime:
    return min(due.act.at for due in draft.dues)
