"""The dates on an invoice, all local days of the customer (Lago rules M120 to M123)."""

from datetime import date, timedelta

import msgspec

CURRENT_PERIOD_END, NEXT_PERIOD_START = "current_period_end", "next_period_start"
KEEP_ANCHOR, ALIGN = "keep_anchor", "align_with_finalization_date"


class DateTerms(msgspec.Struct, frozen=True):
    """
    What decides the dates: days of grace as a draft, days to pay, and two choices.

    The anchor says whether an invoice for a period is dated on the period's last day or on the day after; the
    adjustment whether that date stays while the invoice is a draft or moves to the day it becomes final.
    """

    grace_days: int = 0
    payment_term_days: int = 0
    anchor: str = NEXT_PERIOD_START
    adjustment: str = ALIGN


class InvoiceDates(msgspec.Struct, frozen=True):
    """The day it is dated, the day it is meant to become final, and the day it has to be paid."""

    issuing_date: date
    expected_finalization_date: date
    payment_due_date: date


def dates_when_billed(billing_day: date, terms: DateTerms, *, is_recurring: bool) -> InvoiceDates:
    """
    Return the dates of an invoice made on a billing day, the first day after the period it bills.

    Only recurring invoices look at the two choices; any other is dated at the end of its grace (M120).
    """
    issued = billing_day + timedelta(days=_offset(terms, is_recurring=is_recurring))
    return InvoiceDates(
        issuing_date=issued,
        expected_finalization_date=billing_day + timedelta(days=terms.grace_days),
        payment_due_date=payment_due_date(issued, terms),
    )


def dates_when_finalized(drafted: InvoiceDates, finalized_on: date, terms: DateTerms) -> InvoiceDates:
    """Return the dates of a draft that became final: with alignment it is dated on that very day (M121)."""
    issued = finalized_on if terms.adjustment == ALIGN else drafted.issuing_date
    return InvoiceDates(issued, drafted.expected_finalization_date, payment_due_date(issued, terms))


def payment_due_date(issuing_date: date, terms: DateTerms) -> date:
    """Return the last day to pay (M122)."""
    return issuing_date + timedelta(days=terms.payment_term_days)


def is_overdue(due_date: date, today: date) -> bool:
    """Say whether the last day to pay has passed, by the days of the billing time zone (M123)."""
    return due_date < today


def _offset(terms: DateTerms, *, is_recurring: bool) -> int:
    if not is_recurring:
        return terms.grace_days
    on_the_anchor = 0 if terms.anchor == NEXT_PERIOD_START else -1
    if terms.adjustment == KEEP_ANCHOR or not terms.grace_days:
        return on_the_anchor
    return terms.grace_days
