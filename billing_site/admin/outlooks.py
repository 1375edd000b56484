"""What lies ahead, in words: the next invoice, the first charge after a trial, what an act brings about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import models

from billing_site.core import activity
from billing_site.core.admin.panels import Sections
from billing_site.core.admin.shown import shown_local_day, shown_moment, shown_money
from billing_site.core.models import Activity, Email
from billing_site.core.periods import MOMENT
from customers.models import Customer
from customers.selectors import preferences
from invoicing.models import CreditNote, Fee, Invoice
from invoicing.services import previews
from invoicing.services.previews import Upcoming
from plans.models import Subscription

NEXT_INVOICE, FIRST_CHARGE, LAST_INVOICE = "Next invoice", "First charge after the trial", "Last invoice"


def of_customer(customer: Customer, *, now: datetime) -> Sections:
    """Return the customer's next invoice."""
    found = previews.upcoming([customer.pk], now=now).get(customer.pk, [])
    return {NEXT_INVOICE: next_invoice(found, zone=preferences.terms(customer).timezone)}


def of_subscription(subscription: Subscription, *, now: datetime) -> Sections:
    """Return the customer's next invoice, the first charge if there is a trial, the last invoice if an end is set."""
    sections: dict[str, Mapping[str, str]] = {}
    zone = preferences.terms(subscription.customer).timezone
    if subscription.trial_ends_at and subscription.trial_ends_at > now:
        sections[FIRST_CHARGE] = first_charge(subscription, now=now, zone=zone)
    if subscription.ending_at and subscription.ending_at > now and subscription.billing_at:
        found = previews.upcoming_of([subscription], now=now, at=subscription.ending_at)
        sections[LAST_INVOICE] = next_invoice(found.get(subscription.customer_id, []), zone=zone)
    return {**sections, **of_customer(subscription.customer, now=now)}


def of_many(subjects: Sequence[models.Model], *, now: datetime) -> Sections:
    """Return the next invoices of the customers of these objects, and the first charges after trials, summed up."""
    customers = {key for row in subjects if (key := activity.customer_of(row)) is not None}
    found = previews.upcoming(customers, now=now) if customers else {}
    invoices = [item.draft.invoice for items in found.values() for item in items]
    sections = {"Next invoices, together": _together((row.currency, row.total_amount_cents) for row in invoices)}
    trials = [
        row for row in subjects if isinstance(row, Subscription) and row.trial_ends_at and row.trial_ends_at > now
    ]
    if trials:
        after = previews.after_trials(trials, now=now)
        fees = [item.fee for items in after.values() for upcoming in items for item in upcoming.draft.fees]
        charges = [(fee.currency, fee.amount_cents) for fee in fees if fee.fee_type == Fee.Type.SUBSCRIPTION]
        ends = sorted(row.trial_ends_at for row in trials if row.trial_ends_at)
        span = {"Trials end": f"{shown_local_day(ends[0])} – {shown_local_day(ends[-1])}"}
        sections["First charges after the trials, together"] = {**span, **_together(charges)}
    return sections


def _together(amounts: Iterable[tuple[str, int]]) -> dict[str, str]:
    sums: dict[str, int] = {}
    for currency, cents in amounts:
        sums[currency] = sums.get(currency, 0) + cents
    return {currency: shown_money(cents, currency) for currency, cents in sorted(sums.items())}


def next_invoice(found: Sequence[Upcoming], *, zone: str) -> Mapping[str, str]:
    """Return invoices to come as a person reads them: date, lines, discounts, taxes, total."""
    if not found:
        return {"Date": "none is due"}
    rows = {"Date": shown_moment(found[0].at, zone)}
    for upcoming in found:
        rows |= _lines(upcoming.draft.invoice, (item.fee for item in upcoming.draft.fees))
    return rows


def first_charge(subscription: Subscription, *, now: datetime, zone: str) -> Mapping[str, str]:
    """Return date and amount of the first plan fee after the trial; usage is billed beside it."""
    at = subscription.trial_ends_at
    for _ in range(3):  # a trial that ends with a period is first charged for at the end of the next
        found = previews.upcoming_of([subscription], now=now, at=at).get(subscription.customer_id, [])
        for upcoming in found:
            fees = [item.fee for item in upcoming.draft.fees if item.fee.fee_type == Fee.Type.SUBSCRIPTION]
            if fees:
                amount = sum(fee.amount_cents for fee in fees)
                return {"Date": shown_moment(upcoming.at, zone), "Plan fee": shown_money(amount, fees[0].currency)}
        if not found:
            break
        at = found[0].at + MOMENT
    return {"Date": "none is due"}


def plan_fees(subscriptions: Sequence[Subscription], *, now: datetime) -> dict[int, str]:
    """Return by subscription the plan fee that the end of its trial brings, for all at once."""
    found = previews.after_trials(subscriptions, now=now)
    fees = [item.fee for upcomings in found.values() for upcoming in upcomings for item in upcoming.draft.fees]
    return {
        int(fee.subscription_id or 0): shown_money(fee.amount_cents, fee.currency)
        for fee in fees
        if fee.fee_type == Fee.Type.SUBSCRIPTION
    }


def consequences(activities: Sequence[Activity]) -> Sections:
    """Return the invoices that were made and the mails that were queued by what happened."""
    sections: dict[str, Mapping[str, str]] = {}
    made = [row.subject_id for row in activities if row.type in ("invoice.finalized", "invoice.drafted")]
    for number, invoice in enumerate(Invoice.objects.filter(pk__in=made).order_by("pk"), 1):
        title = "Invoice made at once" + (f" ({number})" if number > 1 else "")
        rows = {"Date": shown_moment(invoice.created_at, invoice.timezone), "State": invoice.get_status_display()}
        sections[title] = {**rows, **_lines(invoice, invoice.fees.order_by("pk"))}
    notes = [row.subject_id for row in activities if row.type == "credit_note.created"]
    for note in CreditNote.objects.filter(pk__in=notes).order_by("pk"):
        ways = (
            ("Comes off the next invoices", note.credit_amount_cents),
            ("Is paid back", note.refund_amount_cents),
            ("Comes off its invoice", note.offset_amount_cents),
        )
        sections[f"Credit note {note.number}"] = {
            label: shown_money(cents, note.currency) for label, cents in ways if cents
        }
    mails = Email.objects.filter(subject_type="invoicing.invoice", subject_id__in=made)
    if told := {mail.subject: ", ".join(mail.recipients) for mail in mails}:
        sections["Mails that go out"] = told
    return sections


def _lines(invoice: Invoice, fees: Iterable[Fee]) -> dict[str, str]:
    rows: dict[str, str] = {}
    for fee in fees:
        label = str(fee)
        if fee.grouped_by:
            label += f" ({', '.join(str(value) for value in fee.grouped_by.values())})"
        while label in rows:
            label += " "
        rows[label] = shown_money(fee.amount_cents, invoice.currency)
    for label, cents in (
        ("Discounts", -invoice.coupons_amount_cents),
        ("Taxes", invoice.taxes_amount_cents),
    ):
        if cents:
            rows[label] = shown_money(cents, invoice.currency)
    return {**rows, "Total": shown_money(invoice.total_amount_cents, invoice.currency)}
