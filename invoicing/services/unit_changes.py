"""
Units of fixed charges that are raised within a period paid in advance: the difference is billed at once.

The changes' own rows say what awaits billing; an operation key for each subscription and instant keeps it from being
billed twice. Whoever is behind with a period is billed for that first, since it is what the difference is from.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from billing_site.core import locks
from billing_site.core.periods import Period, days_between, local_date
from customers.models import Customer
from customers.selectors import preferences
from invoicing.calculations.issuing_dates import InvoiceDates
from invoicing.models import Invoice, InvoiceSubscription
from invoicing.selectors import due as due_selectors
from invoicing.selectors import fixed_fees
from invoicing.selectors import unit_changes as selectors
from invoicing.selectors.creditable import available_notes
from invoicing.selectors.unit_changes import UnitChanges
from invoicing.services import billing, composition, finalization, parking, writing
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft, fixed_charge_fees
from invoicing.services.fees.fixed_charge_fees import UnitRise
from plans.calculations.billing_periods import clamp
from plans.calculations.schedules import Kind
from plans.models import FixedCharge, FixedChargeUnits, Subscription
from plans.selectors.billing_entities import entity_of
from plans.selectors.schedules import schedule_of
from plans.selectors.taxes import taxes_of

REASON = "in_advance_charge"


def bill_changes(*, now: datetime) -> int:
    """Bill all changes that await it, and return the number of invoices made."""
    made = 0
    for changes in selectors.waiting(now):
        for customer_id in selectors.customers_behind(changes):
            billing.bill_due(now=now, customer_id=customer_id)
        made += _bill_moment(changes, now)
    return made


def _bill_moment(changes: UnitChanges, now: datetime) -> int:
    customers = selectors.customers(changes)
    made, held = 0, 0
    for start in range(0, len(customers), billing.CHUNK_SIZE):
        chunk = customers[start : start + billing.CHUNK_SIZE]
        said, _ = parking.each_if_not_all(chunk, lambda some: _bill_customers(changes, some, now), now=now)
        held += sum(dealt_with for dealt_with, _ in said)
        made += sum(invoices for _, invoices in said)
    # Whoever is parked, behind, or in the hands of another run is tried again.
    if held == len(customers) and not selectors.customers_behind(changes):
        FixedChargeUnits.objects.filter(pk__in=[row.pk for row in changes.rows]).update(awaits_billing=False)
    return made


@transaction.atomic
def _bill_customers(changes: UnitChanges, customers: Sequence[int], now: datetime) -> tuple[int, int]:
    held = locks.in_order(Customer.objects.filter(pk__in=customers, parked=None), skip_locked=True)
    found = selectors.subscriptions(changes, [customer.pk for customer in held])
    drafts = _compose(changes, found, now)
    billed = {draft.invoice.customer_id for draft in drafts}
    coupons, notes = due_selectors.coupons_of(billed), available_notes(billed)
    for draft in drafts:
        draft.notes = notes.get(draft.invoice.customer_id, ())
    used = finalization.settle_in_turn(drafts, coupons, now=now)
    writing.write(drafts, used, now=now)
    return len(held), len(drafts)


def _compose(changes: UnitChanges, found: Sequence[Subscription], now: datetime) -> list[InvoiceDraft]:
    keys = {subscription.pk: f"fixed_units:{subscription.pk}@{changes.at.timestamp():.6f}" for subscription in found}
    done = set(Invoice.objects.filter(operation_key__in=keys.values()).values_list("operation_key", flat=True))
    waiting = [subscription for subscription in found if keys[subscription.pk] not in done]
    due_selectors.attach(waiting)
    own = selectors.own_units(changes, waiting)
    paid = fixed_fees.paid_units(waiting, [row.fixed_charge for row in changes.rows], changes.at)
    drafts = []
    for subscription in waiting:
        rises = [_rise(subscription, *change, changes.at) for change in changes.of(subscription, own)]
        if rises:
            draft = _draft(subscription, keys[subscription.pk], rises[0].time, changes.at, now)
            draft.fees = [
                FeeDraft(
                    fixed_charge_fees.build_rise(
                        subscription, rise, paid.get((subscription.pk, rise.fixed_charge.pk), ()), draft.invoice, now
                    ),
                    taxes_of(subscription, rise.fixed_charge),
                )
                for rise in rises
            ]
            drafts.append(draft)
    return drafts


def _rise(subscription: Subscription, fixed_charge: FixedCharge, units: Decimal, at: datetime) -> UnitRise:
    schedule = schedule_of(subscription)
    whole = schedule.period(at, Kind.FIXED_IN_ADVANCE)
    time = clamp(whole, started_at=max(schedule.started_at, schedule.billable_from))
    assert time is not None
    return UnitRise(
        fixed_charge=fixed_charge,
        units=units,
        time=time,
        days=days_between(at, whole.end, schedule.zone),
        period_days=days_between(whole.start, whole.end, schedule.zone),
    )


def _draft(subscription: Subscription, key: str, time: Period, at: datetime, now: datetime) -> InvoiceDraft:
    """Return the invoice of one subscription, final at once: what is paid in advance has no days of grace."""
    terms = preferences.terms(subscription.customer, entity_of(subscription))
    today = local_date(now, terms.timezone)
    dates = InvoiceDates(today, today, today + timedelta(days=terms.net_payment_term))
    draft = InvoiceDraft(composition.blank(subscription, terms, dates, key, now), terms)
    draft.subscriptions = [
        InvoiceSubscription(
            invoice=draft.invoice,
            subscription=subscription,
            invoicing_reason=REASON,
            billed_at=at,
            from_at=time.start,
            to_at=time.end,
            fixed_charges_from_at=time.start,
            fixed_charges_to_at=time.end,
        )
    ]
    return draft
