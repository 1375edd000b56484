from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.calculations.taxes import TaxRate
from invoicing.calculations.credit_notes import (
    CreditedFee,
    Shares,
    amounts,
    fitted,
    shared_out,
    termination_shares,
)

VAT = TaxRate("vat", "vat", "VAT", Decimal(20))


def fee(cents, item, coupons="0", taxes=(VAT,), key=1):
    return CreditedFee(key, cents, Decimal(coupons), tuple(taxes), Decimal(item))


@pytest.mark.parametrize(
    ("case", "fees", "sub_total", "taxes", "total", "estimated"),
    [
        ("a whole fee", [fee(6833, "6833")], 6833, "1366.60000", 8200, 8200),
        ("with its coupon", [fee(1999, "1999", "69.25342")], 1930, "385.94932", 2316, 2316),
        ("whose parts round to less", [fee(6833, "6833", "236.72267")], 6596, "1319.25547", 7916, 7915),
        ("a part of a fee", [fee(1000, "250", "100")], 225, "45.00000", 270, 270),
        ("without taxes", [fee(1000, "1000", taxes=())], 1000, "0.00000", 1000, 1000),
        (
            "whose taxes are all but half a cent",
            [fee(14, "14", taxes=[TaxRate("odd", "odd", "Odd", Decimal("24.99999"))])],
            14,
            "3.49999",
            17,
            17,
        ),
        ("nothing", [], 0, "0.00000", 0, 0),
    ],
)
def test_a_note_gives_back_items_less_coupons_with_taxes(case, fees, sub_total, taxes, total, estimated):
    sums = amounts(fees)

    found = (sums.sub_total_cents, sums.taxes_cents, sums.total_cents, sums.estimated_cents)
    assert found == (sub_total, Decimal(taxes), total, estimated), case


def test_the_last_note_takes_up_the_rounding_of_those_before():
    assert amounts([fee(6833, "3233")], rounded_before=Decimal("1.2")).taxes_cents == Decimal("645.4")


@pytest.mark.parametrize(
    ("case", "asked", "given_out"),
    [
        ("onto the credit", Shares(8201), Shares(8200)),
        ("onto the refund", Shares(0, 8199), Shares(0, 8200)),
        ("onto the credit of two", Shares(4000, 4199), Shares(4001, 4199)),
        ("onto the offset", Shares(0, 0, 8201), Shares(0, 0, 8200)),
        ("none missing", Shares(8000, 100, 100), Shares(8000, 100, 100)),
        ("not onto a refund of all that was paid", Shares(0, 8199), Shares(1, 8199)),
    ],
)
def test_a_cent_goes_where_the_money_goes(case, asked, given_out):
    paid = 8199 if case.startswith("not onto") else 8200

    assert fitted(asked, amounts([fee(6833, "6833")]), paid_cents=paid) == given_out, case


@pytest.mark.parametrize(
    ("case", "option", "paid", "due", "shares"),
    [
        ("credited", "credit", 0, 1200, Shares(600)),
        ("nothing paid: nothing refunded", "refund", 0, 1200, Shares(600)),
        ("all paid: all refunded", "refund", 1200, 0, Shares(0, 600)),
        ("what was paid beyond what was used", "refund", 900, 300, Shares(300, 300)),
        ("nothing paid: all set off", "offset", 0, 1200, Shares(0, 0, 600)),
        ("half paid: set off and refunded", "offset", 900, 300, Shares(0, 300, 300)),
    ],
)
def test_the_unused_half_of_a_fee_goes_where_the_subscription_says(case, option, paid, due, shares):
    found = termination_shares(
        option, total_cents=600, used_cents=Decimal(600), paid_cents=paid, gross=(1200, 1200), due_cents=due
    )

    assert found == shares, case


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 100)), min_size=1, max_size=8),
    st.lists(st.sampled_from(["0", "5.5", "7", "19", "20", "23.33"]), max_size=2, unique=True),
)
def test_notes_over_all_that_is_left_are_within_a_cent_of_the_whole(lines, rates):
    taxes = tuple(TaxRate(rate, rate, rate, Decimal(rate)) for rate in rates)
    fees = [
        fee(cents, str(cents), str((Decimal(cents) * percent / 100).quantize(Decimal("0.00001"))), taxes, key=number)
        for number, (cents, percent) in enumerate(lines)
    ]
    whole = amounts(fees)
    rounded, total = Decimal(0), 0
    for number, item in enumerate(fees):
        sums = amounts([item], rounded_before=rounded if number == len(fees) - 1 else Decimal(0))
        shares = fitted(Shares(sums.total_cents), sums, paid_cents=0)
        taxes_cents = shares.total_cents - sums.sub_total_cents
        rounded += taxes_cents - sums.taxes_cents
        total += taxes_cents
    assert abs(total - whole.taxes_cents) <= 1


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), st.integers(1, 100))
def test_a_share_of_the_whole_is_spread_over_all_fees(lines, percent):
    fees = [fee(cents, str(cents), key=number) for number, cents in enumerate(lines)]
    whole = amounts(fees).total_cents
    wanted = max(1, whole * percent // 100)

    parts = shared_out(wanted, fees, whole_cents=whole)

    assert abs(amounts(parts).total_cents - wanted) <= 1
    assert all(part.item_cents <= part.amount_cents for part in parts)
