"""
Events that are paid for at once: a fee for each event and charge, on an invoice of its own or alone.

| charge | fee |
|---|---|
| invoiceable | on an invoice of its own, final at once |
| not invoiceable | alone, with its taxes; the seller says when it is paid, `advance_charges` gathers it then |

A fee exists once for a subscription, charge and transaction id, by a constraint; so all of this is safe to do twice.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from billing_site.core import locks
from billing_site.core.errors import NotFound, invalid
from billing_site.core.rehearsal import rehearse
from customers.models import Customer
from invoicing.models import Fee, InvoiceSubscription
from invoicing.selectors import due as due_selectors
from invoicing.selectors.creditable import available_notes
from invoicing.services import composition, finalization, settlement, writing
from invoicing.services.composition import InvoiceDraft
from invoicing.services.fees import FeeDraft, usage_fees
from metering.models import Event
from metering.selectors import events as event_selectors
from metering.services import ingestion
from metering.services.new_event import Incoming
from plans.models import Charge, Subscription
from plans.selectors import events_in_advance
from plans.selectors.events_in_advance import RatedEvent
from plans.selectors.taxes import taxes_of

log = logging.getLogger(__name__)

REASON = "in_advance_charge"


class Unbilled(Exception):
    """Events of these subscriptions could not be billed; those of the others were."""


def bill_events(events: Sequence[Event], *, now: datetime) -> int:
    """
    Bill what is to be paid for these events at once, and return how many fees were made.

    Where that fails it is done again one subscription at a time, so that only the broken ones are left.

    :raises Unbilled: naming them; it is safe to try all the events again
    """
    try:
        return _bill(events, now)
    except (OperationalError, InterfaceError):
        raise  # the database itself is in trouble: nobody's events are to blame
    except Exception as error:
        names = sorted({event.stream.external_subscription_id for event in events})
        if len(names) == 1:
            raise
        log.warning("a batch of events failed (%s) and is billed again one subscription at a time", error)
    return _bill_one_by_one(events, names, now)


def _bill_one_by_one(events: Sequence[Event], names: Sequence[str], now: datetime) -> int:
    done, failures = 0, list[str]()
    for name in names:
        try:
            done += _bill([event for event in events if event.stream.external_subscription_id == name], now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("events of subscription %s are not billed", name)
            failures.append(f"{name}: {type(error).__name__}: {error}")
    if failures:
        raise Unbilled("; ".join(failures))
    return done


@transaction.atomic
def _bill(events: Sequence[Event], now: datetime) -> int:
    subscriptions = events_in_advance.subscriptions_of(events)
    locks.in_order(Customer.objects.filter(pk__in={item.customer_id for item in subscriptions}))
    due_selectors.attach(subscriptions)
    charged = events_in_advance.charged_events(events, subscriptions)
    billed = _billed(charged)
    new = [item for item in charged if _key(item.subscription, item.charge, item.event) not in billed]
    rated = events_in_advance.rate_events(new)
    _write_alone([item for item in rated if not item.charged.charge.invoiceable], now)
    _write_invoices([item for item in rated if item.charged.charge.invoiceable], now)
    return len(rated)


def estimate(event: Incoming, *, now: datetime, look: Any) -> Any:
    """
    Return what `look` says of the fees that an event would make: it is taken in, billed, and all of it undone.

    :raises NotFound: if there is no such subscription or metric
    :raises Invalid: if no charge for it is paid in advance
    """
    code, external_id = event.code, event.external_subscription_id
    subscription = Subscription.objects.filter(external_id=external_id, status="active").first()
    if subscription is None:
        raise NotFound("subscription")
    charges = Charge.objects.live().filter(plan_id=subscription.plan_id, billable_metric__code=code)
    if not charges.exists():
        raise NotFound("billable_metric")
    if not charges.filter(pay_in_advance=True).exists():
        raise invalid("code", "does_not_match_an_instant_charge")
    ingestion.prepare([event])

    def made(_activities: object) -> Any:
        fees = Fee.objects.filter(subscription=subscription, event_transaction_id=event.transaction_id)
        return look(fees.order_by("pk"))

    return rehearse(lambda: ingestion.ingest([event], now=now), made, now=now)


def bill_marked(marks: Sequence[Any], *, now: datetime) -> int:
    """Bill the events that an activity names."""
    return bill_events(event_selectors.by_marks(marks), now=now)


def _key(subscription: Subscription, charge: Charge, event: Event) -> tuple[int, int, str]:
    return subscription.pk, charge.pk, event.transaction_id


def _billed(charged: Sequence[events_in_advance.ChargedEvent]) -> set[tuple[int, int, str]]:
    """Return which of these have their fee already."""
    fees = Fee.objects.filter(
        subscription_id__in={item.subscription.pk for item in charged},
        charge_id__in={item.charge.pk for item in charged},
        event_transaction_id__in={item.event.transaction_id for item in charged},
    )
    return set(fees.values_list("subscription_id", "charge_id", "event_transaction_id"))


def _draft(item: RatedEvent, now: datetime) -> FeeDraft:
    fee = usage_fees.build_for_event(item, now)
    return FeeDraft(fee, taxes_of(item.charged.subscription, item.charged.charge))


def _write_alone(rated: Sequence[RatedEvent], now: datetime) -> None:
    drafts = [_draft(item, now) for item in rated]
    settlement.tax_fees(drafts)
    writing.write_alone(drafts, now=now)


def _write_invoices(rated: Sequence[RatedEvent], now: datetime) -> None:
    if not rated:
        return
    customers = {item.charged.subscription.customer_id for item in rated}
    coupons, notes = due_selectors.coupons_of(customers), available_notes(customers)
    drafts = [_invoice(item, now) for item in rated]
    for draft in drafts:
        draft.notes = notes.get(draft.invoice.customer_id, ())
    used = finalization.settle_in_turn(drafts, coupons, now=now)
    writing.write(drafts, used, now=now)


def _invoice(item: RatedEvent, now: datetime) -> InvoiceDraft:
    """Return the invoice of one event: dated today and without days of grace."""
    charged = item.charged
    subscription = charged.subscription
    invoice, terms = composition.blank_at_once(subscription, _operation_key(item), now)
    boundaries = InvoiceSubscription(
        invoice=invoice,
        subscription=subscription,
        invoicing_reason=REASON,
        billed_at=charged.event.timestamp,
        from_at=charged.period.start,
        to_at=charged.period.end,
        charges_from_at=charged.period.start,
        charges_to_at=charged.period.end,
    )
    return InvoiceDraft(invoice, terms, [], fees=[_draft(item, now)], subscriptions=[boundaries])


def _operation_key(item: RatedEvent) -> str:
    charged = item.charged
    mark = hashlib.sha256(charged.event.transaction_id.encode()).hexdigest()
    return f"event:{charged.subscription.pk}:{charged.charge.pk}:{mark}"
