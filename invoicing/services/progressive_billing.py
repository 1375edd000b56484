"""
Billing usage as soon as it reaches a threshold (rules M80 and M14).

| step | rule |
|---|---|
| who is looked at | subscriptions that are marked: new events, other thresholds, a period billed |
| what is billed | all usage in arrears of the running period, less what progressive invoices have billed of it |
| its state | final at once, whatever days of grace; coupons, taxes, credit notes and wallets as for any other |
| when the period is billed | all its usage again, less what was billed; what was too much becomes a credit note |

Each invoice is named by its subscription, the period and how many there were: two runs cannot make the same one.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import prefetch_related_objects

from billing_site.core import activity, bulk, locks
from billing_site.core.api import formats
from billing_site.core.models import Activity
from customers.models import Customer
from invoicing.models import AppliedUsageThreshold, Invoice, InvoiceSubscription, ParkedCustomer
from invoicing.selectors import due as due_selectors
from invoicing.selectors import progressive as selectors
from invoicing.selectors.creditable import available_notes
from invoicing.selectors.lifetime_usage import LifetimeUsage, lifetime_usages
from invoicing.services import composition, finalization, parking, writing
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft, usage_fees
from invoicing.services.progressive_credits import UsageOnInvoice, take_off
from plans.calculations.usage_thresholds import Threshold, crossed
from plans.models import Subscription, UsageMark, UsageThreshold
from plans.selectors.taxes import taxes_of
from plans.selectors.usage_thresholds import applicable, of_subscriptions, watched
from plans.services import usage_marks

REASON = "progressive_billing"
CHUNK_SIZE = 250


@dataclass(frozen=True, slots=True)
class Crossing:
    """A subscription whose usage has reached thresholds; `number` counts its period's progressive invoices."""

    usage: LifetimeUsage
    thresholds: Sequence[UsageThreshold]
    number: int


def bill_reached(*, now: datetime) -> int:
    """Bill the usage that has reached thresholds since somebody last looked, and return how many invoices that made."""
    usage_marks.mark_arrivals(now=now)
    parked = ParkedCustomer.objects.values("customer_id")
    marked = UsageMark.objects.exclude(subscription__customer_id__in=parked).order_by("subscription__customer_id")
    customers = list(marked.values_list("subscription__customer_id", flat=True).distinct())
    chunks = [customers[start : start + CHUNK_SIZE] for start in range(0, len(customers), CHUNK_SIZE)]
    return sum(sum(parking.each_if_not_all(chunk, partial(bill, now=now), now=now)[0]) for chunk in chunks)


@transaction.atomic
def bill(customers: Sequence[int], *, now: datetime) -> int:
    """
    Bill what has reached a threshold of these customers, without those that something else works on.

    The number of queries does not depend on how many they are.
    """
    held = locks.keys_in_order(Customer.objects.filter(pk__any_of=customers), skip_locked=True)
    marks = dict(UsageMark.objects.filter(subscription__customer__in=held).values_list("pk", "subscription_id"))
    crossings = _crossings(set(marks.values()), now)
    if crossings:
        _write([(item, _invoice(item, now)) for item in crossings], now)
    UsageMark.objects.filter(pk__in=marks).delete()
    return len(crossings)


def _crossings(marked: set[int], now: datetime) -> list[Crossing]:
    rows = watched(Subscription.objects.filter(pk__any_of=marked)).order_by("customer_id", "pk")
    subscriptions = [row for row in bulk.read(rows) if not row.paused_at]
    if not subscriptions:
        return []
    due_selectors.attach(subscriptions)
    prefetch_related_objects(subscriptions, *of_subscriptions())
    usages = lifetime_usages(subscriptions, now=now)
    moments = {item.subscription.pk: item.period.start for item in usages if item.period}
    billed, reached = selectors.billed_before(moments), selectors.reached_before(moments)
    found = []
    for usage in usages:
        pk = usage.subscription.pk
        before = reached.get(pk, selectors.Reached())
        known_cents = usage.historical_cents + usage.invoiced_cents
        known_cents += billed[pk].invoice.fees_amount_cents if pk in billed else 0
        # Usage that is paid at once is on no progressive invoice: what it had come to then is not new either.
        thresholds = _crossed(usage, max(known_cents, before.lifetime_usage_cents))
        if thresholds:
            found.append(Crossing(usage, thresholds, before.count + 1))
    return found


def _crossed(usage: LifetimeUsage, known_cents: int) -> list[UsageThreshold]:
    rows = {row.pk: row for row in applicable(usage.subscription)}
    terms = [Threshold(row.pk, row.amount_cents, row.recurring) for row in rows.values()]
    return [rows[item.key] for item in crossed(terms, known_cents=known_cents, now_cents=usage.total_cents)]


def _invoice(item: Crossing, now: datetime) -> InvoiceDraft:
    subscription, period = item.usage.subscription, item.usage.period
    assert period is not None
    key = f"progressive:{subscription.pk}:{period.start.timestamp():.6f}:{item.number}"
    invoice, terms = composition.blank_at_once(subscription, key, now)
    invoice.invoice_type = Invoice.Type.PROGRESSIVE_BILLING
    boundaries = bulk.new(
        InvoiceSubscription,
        invoice=invoice,
        subscription=subscription,
        name=str(subscription),
        invoicing_reason=REASON,
        billed_at=now,
        from_at=period.start,
        to_at=period.end,
        charges_from_at=period.start,
        charges_to_at=period.end,
    )
    fees = [
        FeeDraft(usage_fees.build(subscription, rated, period, now), taxes_of(subscription, rated.charge))
        for rated in item.usage.rated
        if not rated.charge.pay_in_advance and usage_fees.is_worth_a_line(rated)
    ]
    return InvoiceDraft(invoice, terms, fees=fees, subscriptions=[boundaries])


def _write(found: Sequence[tuple[Crossing, InvoiceDraft]], now: datetime) -> None:
    drafts = [draft for _, draft in found]
    customers = {draft.invoice.customer_id for draft in drafts}
    coupons, notes = due_selectors.coupons_of(customers), available_notes(customers)
    asked = [
        UsageOnInvoice(draft.invoice, draft.fees, item.usage.subscription.pk, draft.subscriptions[0].from_at)
        for item, draft in found
    ]
    for draft, taken in zip(drafts, take_off(asked, now=now), strict=True):
        draft.notes = notes.get(draft.invoice.customer_id, ())
        draft.taken_off = [taken] if taken else []
    used = finalization.settle_in_turn(drafts, coupons, now=now)
    writing.write(drafts, used, now=now)
    reached = [
        (item, _applied(item, threshold, draft.invoice, now)) for item, draft in found for threshold in item.thresholds
    ]
    bulk.copy_models(AppliedUsageThreshold, [row for _, row in reached])
    activity.record_all([_told(item, row, now) for item, row in reached])


def _applied(item: Crossing, threshold: UsageThreshold, invoice: Invoice, now: datetime) -> AppliedUsageThreshold:
    return bulk.new(
        AppliedUsageThreshold,
        lago_id=uuid.uuid4(),
        invoice=invoice,
        usage_threshold=threshold,
        threshold_display_name=threshold.threshold_display_name,
        amount_cents=threshold.amount_cents,
        recurring=threshold.recurring,
        lifetime_usage_amount_cents=item.usage.total_cents,
        created_at=now,
    )


def _told(item: Crossing, row: AppliedUsageThreshold, now: datetime) -> Activity:
    """Return the activity with the threshold as the API shows it: webhooks tell it like this."""
    threshold = row.usage_threshold
    details = {
        "lago_id": threshold.lago_id,
        "threshold_display_name": row.threshold_display_name or None,
        "amount_cents": row.amount_cents,
        "recurring": row.recurring,
        "created_at": formats.instant(threshold.created_at),
        "updated_at": formats.instant(threshold.updated_at),
    }
    return activity.build("subscription.usage_threshold_reached", item.usage.subscription, now=now, details=details)
