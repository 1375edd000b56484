"""
The billing run: everything that is due, in chunks of customers, one transaction each.

A chunk's customers are locked, what another run holds is passed over; so any number of runs may work side by side.
When a chunk fails it is rolled back and done again one customer at a time, and only whoever fails alone is parked.
There is nothing to resume: what is still due after a run was stopped is what the next one finds.
"""

import contextlib
import gc
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from billing_site.core import activity, locks
from customers.models import Customer
from invoicing.models import BillingRun, ParkedCustomer
from invoicing.selectors import due as due_selectors
from invoicing.selectors.creditable import available_notes
from invoicing.selectors.due import Due
from invoicing.services import advance_charges, composition, finality, finalization, parking, writing
from invoicing.services.credit_notes import automatic
from plans.calculations.schedules import next_act
from plans.models import Subscription
from plans.services import usage_marks

# What a chunk costs whatever its size is then a tenth of the time; its customers stay locked for less than a second.
CHUNK_SIZE = 800
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Summary:
    """What a run did."""

    customers: int = 0
    invoices: int = 0
    parked: int = 0


def bill_due(*, now: datetime, customer_id: int | None = None, progress: Progress | None = None) -> Summary:
    """
    Bill every period that has ended, however many and however late, each in its order; return what was done.

    `progress` is told how many customers of how many are done.
    """
    summary, run = Summary(), None
    while waiting := due_selectors.customer_ids(now, customer_id=customer_id):
        run = run or BillingRun.objects.create(lago_id=uuid.uuid4(), business_at=now, created_at=now, updated_at=now)
        before = summary.customers + summary.parked
        _one_pass(waiting, summary, now, progress)
        BillingRun.objects.filter(pk=run.pk).update(
            customers_done=summary.customers, invoices_made=summary.invoices, customers_parked=summary.parked
        )
        if summary.customers + summary.parked == before:
            break  # what is left is in the hands of another run
    if run is not None:
        BillingRun.objects.filter(pk=run.pk).update(finished_at=now)
    return summary


def _one_pass(waiting: list[int], summary: Summary, now: datetime, progress: Progress | None) -> None:
    """Bill one instant of every waiting customer; those that are several periods behind wait for the next pass."""
    chunks = [waiting[start : start + CHUNK_SIZE] for start in range(0, len(waiting), CHUNK_SIZE)]
    random.shuffle(chunks)  # parallel runs meet less often
    for number, customers in enumerate(chunks, 1):
        _chunk_or_one_by_one(customers, summary, now)
        if progress:
            progress(min(number * CHUNK_SIZE, len(waiting)), len(waiting))


def _chunk_or_one_by_one(customers: Sequence[int], summary: Summary, now: datetime) -> None:
    billed, parked = parking.each_if_not_all(customers, partial(_bill_uncollected, now=now), now=now)
    summary.customers += sum(done for done, _ in billed)
    summary.invoices += sum(invoices for _, invoices in billed)
    summary.parked += parked


def _bill_uncollected(customers: Sequence[int], *, now: datetime) -> tuple[int, int]:
    with _uncollected():
        return bill_customers(customers, now=now)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """
    Stop the search for garbage while a chunk is made: its rows refer to each other by the ten thousand, none of them in
    a circle, and the collector would walk through all of them, and all of Django, time and again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@transaction.atomic
def bill_customers(customers: Sequence[int], *, now: datetime) -> tuple[int, int]:
    """Bill what is due of these customers at one instant each; return how many were billed and how many invoices."""
    finality.share()
    held = locks.keys_in_order(Customer.objects.filter(pk__any_of=customers), skip_locked=True)
    chunk = due_selectors.chunk(held, now)
    chunk.dues = due_selectors.earliest(chunk.dues)
    if not chunk.dues:
        return 0, 0
    ended = [due.subscription for due in chunk.dues if due.subscription.terminated_at is not None]
    if automatic.credit_ended(ended, now=now):
        chunk.notes = available_notes(held)
    drafts = composition.compose(chunk, now=now)
    used = finalization.settle_in_turn(drafts, chunk.coupons, now=now)
    drafts += advance_charges.compose(chunk.dues, now=now)
    writing.move_on([(due.subscription.pk, _next(due, now)) for due in chunk.dues])
    writing.write(drafts, used, now=now)
    usage_marks.mark(Subscription.objects.filter(pk__any_of=[due.subscription.pk for due in chunk.dues]), now=now)
    return len({due.subscription.customer_id for due in chunk.dues}), len(drafts)


def _next(due: Due, now: datetime) -> datetime | None:
    """Return when the subscription is due again; never, once its termination is billed."""
    subscription, schedule = due.subscription, due.schedule
    assert subscription.billing_at is not None
    if subscription.billing_at > now:  # its time has moved with the time zone
        return subscription.billing_at
    if schedule.terminated_at is not None and subscription.billing_at >= schedule.terminated_at:
        return None
    return next_act(schedule, subscription.billing_at)


def unpark(parked: ParkedCustomer, *, now: datetime) -> Summary:
    """Let a parked customer be billed again, and bill it at once; if it fails again it is parked again."""
    customer_id = parked.customer_id
    with transaction.atomic():
        activity.record("customer.unparked", parked, now=now)
        parked.delete()
    return bill_due(now=now, customer_id=customer_id)
