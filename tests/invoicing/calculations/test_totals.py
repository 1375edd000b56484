import pytest

from invoicing.calculations.totals import InvoiceTotals, total_due_cents


def test_the_sums_follow_from_one_another():
    totals = InvoiceTotals(
        fees_cents=10000,
        progressive_billing_credit_cents=1000,
        coupons_cents=500,
        taxes_cents=1700,
        credit_notes_cents=200,
        prepaid_credit_cents=3000,
    )

    assert totals.sub_total_excluding_taxes_cents == 8500
    assert totals.sub_total_including_taxes_cents == 10200
    assert totals.total_cents == 7000
    assert not totals.is_settled


@pytest.mark.parametrize(
    ("_case", "totals"),
    [
        ("no fees", InvoiceTotals(fees_cents=0)),
        ("coupons took all", InvoiceTotals(fees_cents=100, coupons_cents=100)),
        ("a credit note paid all", InvoiceTotals(fees_cents=100, taxes_cents=20, credit_notes_cents=120)),
        ("credits paid the rest", InvoiceTotals(fees_cents=100, credit_notes_cents=30, prepaid_credit_cents=70)),
    ],
)
def test_an_invoice_of_nothing_is_settled(_case, totals):
    assert (totals.total_cents, totals.is_settled) == (0, True)


@pytest.mark.parametrize(
    ("_case", "sums"),
    [
        ("coupons above the fees", {"fees_cents": 100, "coupons_cents": 101}),
        ("taxes do not pay coupons", {"fees_cents": 100, "coupons_cents": 101, "taxes_cents": 20}),
        ("credits above the total", {"fees_cents": 100, "taxes_cents": 20, "prepaid_credit_cents": 121}),
        ("both together above it", {"fees_cents": 100, "credit_notes_cents": 60, "prepaid_credit_cents": 60}),
    ],
)
def test_more_cannot_be_taken_off_than_there_is(_case, sums):
    with pytest.raises(ValueError, match="more than it asks for"):
        InvoiceTotals(**sums)


def test_payments_and_offsets_lower_what_is_due():
    assert total_due_cents(10200, paid_cents=0) == 10200
    assert total_due_cents(10200, paid_cents=200, offset_cents=1000) == 9000
