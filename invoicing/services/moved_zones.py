"""
A draft follows its customer to another time zone: the period that it bills ends where it ends there.

It begins where the one before ended, so every hour is billed once. The draft stays as it is where the period is not
over yet in the new zone, where later time has been billed already, and where it bills an end.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from invoicing.models import BilledPeriod, Invoice, InvoiceSubscription
from invoicing.selectors import due as due_selectors
from invoicing.selectors.due import Due
from invoicing.services import composition
from plans.calculations.schedules import PERIODIC, Kind, act_at, on_time
from plans.selectors.schedules import schedule_of, timezone_of

Periods = Mapping[int, Sequence[BilledPeriod]]  # by subscription


def follow(invoice: Invoice, rows: Sequence[InvoiceSubscription], periods: Periods, *, now: datetime) -> None:
    """Move the bounds of a draft, and of the time it bills, to its customer's zone of now; the rows are saved."""
    zones = {timezone_of(row.subscription) for row in rows}
    if zones == {invoice.timezone} or len(zones) != 1:
        return
    billed = [period for found in periods.values() for period in found]
    moved = [_moved(row, periods.get(row.subscription_id, ()), now) for row in rows]
    if _has_successor(billed) or not all(moved):
        return
    (invoice.timezone,) = zones
    for row, due in zip(rows, moved, strict=True):
        if due:
            _write(row, due, periods[row.subscription_id], invoice)


def _moved(row: InvoiceSubscription, periods: Sequence[BilledPeriod], now: datetime) -> Due | None:
    """Return what would have been due in the zone of now, of the same kinds; None if that is something else."""
    schedule = schedule_of(row.subscription)
    at = on_time(schedule, row.billed_at)
    if row.invoicing_reason != PERIODIC or at > now:
        return None
    before = {Kind(period.kind): period.previous_end for period in periods}
    ends = {kind: end for kind, end in before.items() if end is not None}
    act = due_selectors.continued(act_at(schedule, at, ends), schedule, ends).only(before.keys())
    return Due(row.subscription, schedule, act, ends) if act.parts.keys() == before.keys() else None


def _has_successor(periods: Sequence[BilledPeriod]) -> bool:
    ends = {(period.subscription_id, period.kind, period.ends_at) for period in periods}
    later = BilledPeriod.objects.filter(subscription_id__in={key for key, _, _ in ends}, previous_end__isnull=False)
    return not ends.isdisjoint(later.values_list("subscription_id", "kind", "previous_end"))


def _write(row: InvoiceSubscription, due: Due, periods: Sequence[BilledPeriod], invoice: Invoice) -> None:
    for period in periods:
        time = due.act.parts[Kind(period.kind)].time
        period.starts_at, period.ends_at = time.start, time.end
        period.save(update_fields=["starts_at", "ends_at"])
    bounds = composition.boundaries(due, invoice)
    bounds.pk = row.pk
    bounds.save(force_update=True)
