"""
Usage that comes in after the invoice of its time is final (house decision 20).

| step | how |
|---|---|
| which times have some | by the transactions of events since the last look, and the times that are billed |
| what it comes to | the time is rated again, less what was billed of it (`fees/late_fees.py`) |
| what becomes of it | by the billing entity's choice when it is found: it waits for the next invoice, or is listed |

Whoever makes usage final shares a name that finding holds alone, so that each event is seen by the one or the other.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Max

from billing_site.core import activity, locks
from billing_site.core.errors import NotAllowed
from customers.models import BillingEntity, Customer
from invoicing.models import LateUsage, ParkedCustomer
from invoicing.selectors import late_usage as selectors
from invoicing.selectors.late_usage import LateTime
from invoicing.services import parking
from invoicing.services.fees import late_fees
from invoicing.services.finality import NAME
from metering.services import arrivals

READER = "late usage"
CHUNK_SIZE = 250
Status = LateUsage.Status


class NotOpen(NotAllowed):
    code = "late_usage_not_open"


def look(*, now: datetime) -> int:
    """Find usage that came in late and price it; return how much was priced."""
    find(now=now)
    parked = ParkedCustomer.objects.values("customer_id")
    rows = LateUsage.objects.filter(is_priced=False).exclude(customer_id__in=parked)
    customers = list(rows.order_by("customer_id").values_list("customer_id", flat=True).distinct())
    chunks = [customers[start : start + CHUNK_SIZE] for start in range(0, len(customers), CHUNK_SIZE)]
    return sum(sum(parking.each_if_not_all(chunk, partial(price, now=now), now=now)[0]) for chunk in chunks)


@transaction.atomic
def find(*, now: datetime) -> int:
    """Note the billed times that have had events since the last look, and return how many; 0 while usage is billed."""
    if not locks.try_alone(NAME):
        return 0
    span = arrivals.advance(READER)
    if span is None:
        return 0
    times = selectors.times_with_arrivals(span)
    _note(times, now)
    return len(times)


def _note(times: Sequence[LateTime], now: datetime) -> None:
    """Have each time one open row, which is to be priced."""
    keys = [time.period_id for time in times]
    again = LateUsage.objects.filter(period__any_of=keys, status__in=LateUsage.OPEN)
    open_ = set(again.values_list("period_id", flat=True)) if keys else set()
    again.update(is_priced=False, updated_at=now)
    new = [time for time in times if time.period_id not in open_]
    numbered = LateUsage.objects.filter(period__any_of=[time.period_id for time in new]).values_list("period_id")
    latest = dict(numbered.annotate(latest=Max("number")).order_by()) if new else {}
    LateUsage.objects.bulk_create(
        LateUsage(
            period_id=time.period_id,
            number=latest.get(time.period_id, 0) + 1,
            customer_id=time.customer_id,
            status=Status.WAITING if time.late_usage == BillingEntity.LateUsage.NEXT_INVOICE else Status.LISTED,
            currency=time.currency,
            created_at=now,
            updated_at=now,
        )
        for time in new
    )


@transaction.atomic
def price(customers: Sequence[int], *, now: datetime) -> int:
    """
    Say what late usage of these customers comes to, and return how much there was; what comes to nothing is forgotten.

    What makes its time cheaper is listed for staff. Those that something else works on are left for the next time.
    """
    held = locks.keys_in_order(Customer.objects.filter(pk__any_of=customers), skip_locked=True)
    bills = late_fees.bills_of(selectors.unpriced(held), now=now)
    nothing = [bill.late.pk for bill in bills if not bill.cents]
    found = [bill for bill in bills if bill.cents]
    for bill in found:
        bill.write()
        bill.late.updated_at = now
        if bill.cents < 0:
            bill.late.status = Status.LISTED
    names = ["status", "is_priced", "amount_cents", "committed_amount_cents", "lines", "updated_at"]
    LateUsage.objects.bulk_update([bill.late for bill in found], names)
    LateUsage.objects.filter(pk__in=nothing).delete()
    activity.record_all([activity.build("late_usage.found", bill.late, now=now) for bill in found])
    return len(found)


@transaction.atomic
def bill_next(late: LateUsage, *, now: datetime, reason: str = "") -> LateUsage:
    """
    Have listed usage go onto the customer's next invoice.

    :raises NotOpen: (405) if it is billed or given up, or would make its time cheaper
    """
    return _set(late, Status.WAITING, "late_usage.waits", now, reason)


@transaction.atomic
def dismiss(late: LateUsage, *, now: datetime, reason: str = "") -> LateUsage:
    """
    Give up what has come in late: it is never billed, and what comes in later is billed without it.

    :raises NotOpen: (405) if it is billed or given up
    """
    return _set(late, Status.DISMISSED, "late_usage.dismissed", now, reason)


def obstacle(late: LateUsage, *, to: str) -> str:
    """Return why something cannot be done with late usage, in a sentence; nothing if it can."""
    if late.status not in LateUsage.OPEN:
        return f"It is {late.get_status_display()}."
    if to == Status.WAITING and late.amount_cents < 0:
        return "It makes its time cheaper: give that back by a credit note."
    return ""


def _set(late: LateUsage, status: "LateUsage.Status", told_as: str, now: datetime, reason: str) -> LateUsage:
    Customer.objects.lock(late.customer_id)
    locked: LateUsage = LateUsage.objects.lock(late.pk)
    if sentence := obstacle(locked, to=status):
        raise NotOpen(sentence)
    locked.status, locked.updated_at = status, now
    locked.save(update_fields=["status", "updated_at"])
    activity.record(told_as, locked, now=now, reason=reason)
    return locked
