from datetime import date

import pytest

from invoicing.calculations.issuing_dates import (
    DateTerms,
    InvoiceDates,
    dates_when_billed,
    dates_when_finalized,
    is_overdue,
)

FIRST_OF_MARCH = date(2024, 3, 1)


@pytest.mark.parametrize(
    ("anchor", "adjustment", "grace", "expected"),
    [
        ("next_period_start", "keep_anchor", 0, date(2024, 3, 1)),
        ("next_period_start", "keep_anchor", 3, date(2024, 3, 1)),
        ("next_period_start", "align_with_finalization_date", 0, date(2024, 3, 1)),
        ("next_period_start", "align_with_finalization_date", 3, date(2024, 3, 4)),
        ("current_period_end", "keep_anchor", 0, date(2024, 2, 29)),
        ("current_period_end", "keep_anchor", 3, date(2024, 2, 29)),
        ("current_period_end", "align_with_finalization_date", 0, date(2024, 2, 29)),
        ("current_period_end", "align_with_finalization_date", 3, date(2024, 3, 4)),
    ],
)
def test_the_date_of_a_recurring_invoice(anchor, adjustment, grace, expected):
    terms = DateTerms(grace_days=grace, payment_term_days=30, anchor=anchor, adjustment=adjustment)

    dates = dates_when_billed(FIRST_OF_MARCH, terms, is_recurring=True)

    assert dates.issuing_date == expected
    assert (dates.expected_finalization_date - FIRST_OF_MARCH).days == grace
    assert (dates.payment_due_date - expected).days == 30


@pytest.mark.parametrize(("grace", "expected"), [(0, date(2024, 3, 1)), (3, date(2024, 3, 4))])
def test_any_other_invoice_is_dated_at_the_end_of_its_grace(grace, expected):
    terms = DateTerms(grace_days=grace, anchor="current_period_end", adjustment="keep_anchor")

    dates = dates_when_billed(FIRST_OF_MARCH, terms, is_recurring=False)

    assert dates == InvoiceDates(expected, expected, expected)


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [("align_with_finalization_date", date(2024, 3, 6)), ("keep_anchor", date(2024, 2, 29))],
)
def test_a_draft_that_becomes_final_is_dated_on_that_day_only_with_alignment(adjustment, expected):
    terms = DateTerms(grace_days=3, payment_term_days=14, anchor="current_period_end", adjustment=adjustment)
    drafted = dates_when_billed(FIRST_OF_MARCH, terms, is_recurring=True)

    final = dates_when_finalized(drafted, date(2024, 3, 6), terms)

    assert final.issuing_date == expected
    assert (final.payment_due_date - expected).days == 14
    assert final.expected_finalization_date == date(2024, 3, 4)


def test_by_default_an_invoice_is_dated_and_due_on_its_billing_day():
    assert dates_when_billed(FIRST_OF_MARCH, DateTerms(), is_recurring=True) == InvoiceDates(
        FIRST_OF_MARCH, FIRST_OF_MARCH, FIRST_OF_MARCH
    )


def test_the_last_day_to_pay_is_not_overdue_the_next_is():
    assert not is_overdue(FIRST_OF_MARCH, date(2024, 3, 1))
    assert is_overdue(FIRST_OF_MARCH, date(2024, 3, 2))
