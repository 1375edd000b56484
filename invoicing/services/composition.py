"""From what is due to invoices and fees, in memory: nothing is written here, so previews use it as it is."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from billing_site.core import bulk
from billing_site.core.money import exact
from billing_site.core.periods import MOMENT, Period, local_date
from customers.models import BillingEntity, Customer
from customers.selectors import preferences
from invoicing.calculations.issuing_dates import DateTerms, InvoiceDates, dates_when_billed
from invoicing.models import (
    BilledPeriod,
    CreditNote,
    CreditNoteUse,
    Fee,
    Invoice,
    InvoiceCredit,
    InvoiceSubscription,
    InvoiceTax,
)
from invoicing.selectors.due import Chunk, Due
from invoicing.services.fees import FeeDraft, commitment_fees, fixed_charge_fees, late_fees, plan_fees, usage_lines
from invoicing.services.fees.late_fees import LateBill
from invoicing.services.progressive_credits import TakenOff, UsageOnInvoice, take_off
from invoicing.services.rated import Rated, rate_dues
from plans.calculations.schedules import PERIODIC, TERMINATING, Act, Kind, shown_fee_time
from plans.models import Subscription
from plans.selectors.billing_entities import entity_of
from plans.selectors.taxes import taxes_of


@dataclass(slots=True)
class InvoiceDraft:
    """An invoice with all its rows, unsaved."""

    invoice: Invoice
    terms: preferences.Terms
    dues: list[Due] = field(default_factory=list)
    fees: list[FeeDraft] = field(default_factory=list)
    alone: list[FeeDraft] = field(default_factory=list)  # due with it, but on no invoice
    gathered: list[Fee] = field(default_factory=list)  # that stood alone until now
    subscriptions: list[InvoiceSubscription] = field(default_factory=list)
    periods: list[BilledPeriod] = field(default_factory=list)
    taxes: list[InvoiceTax] = field(default_factory=list)
    credits: list[InvoiceCredit] = field(default_factory=list)
    taken_off: list[TakenOff] = field(default_factory=list)  # for usage billed when a threshold was reached
    late: list[LateBill] = field(default_factory=list)  # usage of earlier times
    notes: Sequence[CreditNote] = ()  # of the customer, with a balance
    note_uses: list[CreditNoteUse] = field(default_factory=list)


@exact  # once for all fees
def compose(chunk: Chunk, *, now: datetime) -> list[InvoiceDraft]:
    """Return the invoices for what is due, with fees and before discounts and taxes. What bills no time makes none."""
    dues = [due for due in chunk.dues if due.act.parts]
    rated = rate_dues(dues, chunk)
    drafts = [_invoice(group, now) for group in _grouped(dues)]
    for draft in drafts:
        draft.notes = chunk.notes.get(draft.invoice.customer_id, ())
        for due in draft.dues:
            draft.fees += fees_of(due, rated, draft.invoice, now)
            draft.alone += usage_lines.alone(due, rated.usage, now)
            draft.subscriptions.append(boundaries(due, draft.invoice))
            draft.periods += _periods(due, draft.invoice)
    take_off_billed(drafts, now=now)
    for bill in late_fees.bills_of(chunk.late, now=now):
        bearing = [draft for draft in drafts if bill.cents > 0 and _fits(draft, bill)]
        if bearing:
            add_late(bearing[0], bill)
    return drafts


def add_late(draft: InvoiceDraft, bill: LateBill) -> None:
    """Put usage of an earlier time onto an invoice. No progressive invoice has billed it, so nothing is taken off."""
    draft.fees += bill.fees
    draft.late.append(bill)


def _fits(draft: InvoiceDraft, bill: LateBill) -> bool:
    """Test if an invoice may bear late usage: it goes to the same customer, by the same entity, in its currency."""
    invoice, subscription = draft.invoice, bill.due.subscription
    return (
        invoice.customer_id == bill.late.customer_id
        and invoice.currency == bill.late.currency == subscription.plan.amount_currency
        and invoice.billing_entity_id == entity_of(subscription).pk
    )


def take_off_billed(drafts: Iterable[InvoiceDraft], *, now: datetime) -> None:
    """Take off the invoices what was billed of their usage when thresholds were reached, before coupons and taxes."""
    asked = [
        (draft, UsageOnInvoice(draft.invoice, draft.fees, due.subscription.pk, part.time.start))
        for draft in drafts
        for due in draft.dues
        if (part := due.act.parts.get(Kind.USAGE))
    ]
    for (draft, _), taken in zip(asked, take_off([item for _, item in asked], now=now), strict=True):
        if taken is not None:
            draft.taken_off.append(taken)


def fees_of(due: Due, rated: Rated, invoice: Invoice, now: datetime) -> list[FeeDraft]:
    """Return the fees of one subscription, in Lago's order: plan, usage, fixed charges (rule M10)."""
    subscription = due.subscription
    fees = []
    if part := due.act.parts.get(Kind.PLAN_FEE):
        fees.append(FeeDraft(plan_fees.build(subscription, due.schedule, part, invoice, now), taxes_of(subscription)))
    fees += usage_lines.on_invoice(due, rated.usage, now)
    fees += _fixed_fees(subscription, rated, invoice, now)
    return [*fees, *_true_up(due, rated, fees, invoice, now)]


def _true_up(due: Due, rated: Rated, fees: Iterable[FeeDraft], invoice: Invoice, now: datetime) -> list[FeeDraft]:
    """Return what lifts the period to the plan's minimum commitment, by the fees on this invoice and on others."""
    part = due.act.parts.get(Kind.COMMITMENT)
    if part is None:
        return []
    subscription = due.subscription
    billed = [fee for fee in rated.billed.get(subscription.pk, ()) if fee.invoice_id != invoice.pk or not invoice.pk]
    fee = commitment_fees.build(subscription, part, [*(item.fee for item in fees), *billed], invoice, now)
    return [FeeDraft(fee, taxes_of(subscription, subscription.plan.minimum_commitment))] if fee else []


def _fixed_fees(subscription: Subscription, rated: Rated, invoice: Invoice, now: datetime) -> list[FeeDraft]:
    return [
        FeeDraft(
            fixed_charge_fees.build(
                subscription, item, rated.paid.get((subscription.pk, item.fixed_charge.add_on_id), ()), invoice, now
            ),
            taxes_of(subscription, item.fixed_charge),
        )
        for item in rated.fixed.get(subscription.pk, ())
        if item.units or item.amount_cents
    ]


def _grouped(dues: Iterable[Due]) -> list[list[Due]]:
    """
    Return the dues by invoice: one for a customer, billing day, currency, entity, order number, payment method (M140).

    What a change of plan ends is billed with what it begins, another end alone.
    """
    groups: dict[tuple[object, ...], list[Due]] = {}
    for due in dues:
        subscription = due.subscription
        key = (
            subscription.customer_id,
            local_date(due.act.at, due.schedule.zone),
            due.act.reason == TERMINATING and not subscription.is_replaced,
            subscription.plan.amount_currency,
            entity_of(subscription).pk,
            subscription.purchase_order_number,
            tuple(sorted((subscription.payment_method or {}).items())),
            None if subscription.consolidate_invoice else subscription.external_id,
        )
        groups.setdefault(key, []).append(due)
    return list(groups.values())


def _invoice(dues: list[Due], now: datetime) -> InvoiceDraft:
    subscription = dues[0].subscription
    terms = preferences.terms(subscription.customer, entity_of(subscription))
    date_terms = date_terms_of(terms)
    dates = dates_when_billed(
        local_date(now, terms.timezone), date_terms, is_recurring=any(due.act.reason == PERIODIC for due in dues)
    )
    invoice = blank(subscription, terms, dates, _operation_key(dues), now)
    return InvoiceDraft(invoice, terms, dues)


def blank(
    subscription: Subscription, terms: preferences.Terms, dates: InvoiceDates, operation_key: str, now: datetime
) -> Invoice:
    """Return an invoice for a subscription's customer, unsaved and without figures."""
    invoice = blank_for(subscription.customer, entity_of(subscription), terms, dates, operation_key, now)
    invoice.currency = subscription.plan.amount_currency
    invoice.purchase_order_number = subscription.purchase_order_number
    invoice.payment_method = subscription.payment_method
    return invoice


def blank_for(
    customer: Customer,
    entity: BillingEntity,
    terms: preferences.Terms,
    dates: InvoiceDates,
    operation_key: str,
    now: datetime,
) -> Invoice:
    """Return an invoice for a customer, unsaved and without currency and figures."""
    return bulk.new(
        Invoice,
        customer=customer,
        billing_entity=entity,
        invoice_type=Invoice.Type.SUBSCRIPTION,
        status=Invoice.Status.DRAFT,
        payment_status=Invoice.PaymentStatus.PENDING,
        operation_key=operation_key,
        timezone=terms.timezone,
        locale=terms.locale,
        issuing_date=dates.issuing_date,
        expected_finalization_date=dates.expected_finalization_date,
        payment_due_date=dates.payment_due_date,
        net_payment_term=terms.net_payment_term,
        self_billed=customer.account_type == Customer.AccountType.PARTNER,
        created_at=now,
        updated_at=now,
    )


def blank_at_once(subscription: Subscription, operation_key: str, now: datetime) -> tuple[Invoice, preferences.Terms]:
    """Return the same dated today and without days of grace, with the customer's terms."""
    terms = preferences.terms(subscription.customer, entity_of(subscription))
    dates = dates_when_billed(
        local_date(now, terms.timezone), replace(date_terms_of(terms), grace_days=0), is_recurring=False
    )
    return blank(subscription, terms, dates, operation_key, now), terms


def date_terms_of(terms: preferences.Terms) -> DateTerms:
    """Return what decides an invoice's dates."""
    return DateTerms(
        terms.grace_period, terms.net_payment_term, terms.issuing_date_anchor, terms.issuing_date_adjustment
    )


def _operation_key(dues: Iterable[Due]) -> str:
    """Return the name of the act: which subscriptions at which instants, and why (reliability L6)."""
    acts = ",".join(f"{due.subscription.pk}@{due.act.at.timestamp():.6f}:{due.act.reason}" for due in dues)
    return f"subscriptions:{hashlib.sha256(acts.encode()).hexdigest()}"


def boundaries(due: Due, invoice: Invoice) -> InvoiceSubscription:
    """Return the bounds that an invoice shows for a subscription, unsaved."""
    act = due.act
    usage = act.time(Kind.USAGE)
    fixed = act.time(Kind.FIXED_IN_ARREARS) or act.time(Kind.FIXED_IN_ADVANCE)
    time = _shown_time(due)
    return bulk.new(
        InvoiceSubscription,
        invoice=invoice,
        subscription=due.subscription,
        name=str(due.subscription),
        invoicing_reason=act.reason,
        billed_at=act.at,
        from_at=time.start,
        to_at=_shown_end(act, time),
        charges_from_at=usage.start if usage else None,
        charges_to_at=usage.end if usage else None,
        fixed_charges_from_at=fixed.start if fixed else None,
        fixed_charges_to_at=fixed.end if fixed else None,
    )


def _shown_time(due: Due) -> Period:
    """
    Return the time that a billing period shows: the plan fee's.

    Without a fee it is the period that is paid already, or would be if no trial lasted; otherwise that of the usage.
    """
    schedule, act = due.schedule, due.act
    if part := act.parts.get(Kind.PLAN_FEE):
        return shown_fee_time(schedule, part)
    time = act.time(Kind.USAGE) or next(iter(act.parts.values())).time
    if act.reason == TERMINATING and schedule.pay_in_advance:
        return Period(max(schedule.period(time.start).start, schedule.first_day), time.end)
    if act.reason == PERIODIC and (schedule.pay_in_advance or act.at <= schedule.first_paid_day):
        whole = schedule.period(act.at)
        if not schedule.pay_in_advance and whole.start == act.at:
            whole = schedule.period_before(whole)
        return Period(max(whole.start, schedule.first_day), whole.end)
    return time


def _shown_end(act: Act, time: Period) -> datetime:
    """Return the end that a billing period shows: a change of plan on a period's first day, its very instant."""
    ended_at = act.at + MOMENT
    return max(time.end, ended_at) if act.reason == TERMINATING and Kind.PLAN_FEE not in act.parts else time.end


def _periods(due: Due, invoice: Invoice) -> list[BilledPeriod]:
    return [
        bulk.new(
            BilledPeriod,
            subscription=due.subscription,
            kind=kind.value,
            previous_end=due.previous_ends.get(kind),
            starts_at=part.time.start,
            ends_at=part.time.end,
            invoice=invoice,
        )
        for kind, part in due.act.parts.items()
    ]
