from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_site.core import money
from customers.calculations.taxes import TaxableFee, TaxRate, fee_taxes, invoice_taxes

VAT = TaxRate(1, "vat", "VAT", Decimal(20))
CITY = TaxRate(2, "city", "City tax", Decimal("1.5"))
ODD = TaxRate(3, "odd", "Odd tax", Decimal("23.33"))


def fee(cents, *taxes, coupons="0", precise=None):
    return TaxableFee(cents, Decimal(cents if precise is None else precise), taxes, Decimal(coupons))


def rows(taxes):
    return [(row.tax.code, row.amount_cents, row.base_cents) for row in taxes.rows]


def test_a_fee_sums_its_taxes_unrounded_and_rounds_once():
    half = TaxRate(4, "half", "Half", Decimal("0.5"))
    other = TaxRate(5, "other", "Other", Decimal("0.5"))

    taxes = fee_taxes(fee(90, half, other))

    assert taxes.amount_cents == 1
    assert rows(taxes) == [("half", 0, 90), ("other", 0, 90)]
    assert taxes.rate == 1


@pytest.mark.parametrize(
    ("_case", "taxed", "amount", "precise"),
    [
        ("twenty percent", fee(10000, VAT), 2000, "2000"),
        ("an odd rate", fee(2999, ODD), 700, "699.66670"),
        ("half a cent goes up", fee(250, TaxRate(9, "x", "X", Decimal("0.2"))), 1, "0.5"),
        ("coupons lower the base", fee(10000, VAT, coupons="333.33333"), 1933, "1933.333334"),
        ("coupons that took all", fee(10000, VAT, coupons="10000"), 0, "0"),
        ("the precise amount keeps its fraction", fee(5123, VAT, precise="5123.45"), 1025, "1024.69"),
        ("several taxes stand beside each other", fee(10000, VAT, CITY), 2150, "2150"),
        ("no tax", fee(10000), 0, "0"),
    ],
)
def test_taxes_of_a_fee(_case, taxed, amount, precise):
    taxes = fee_taxes(taxed)

    assert (taxes.amount_cents, taxes.precise_amount_cents) == (amount, Decimal(precise))


def test_an_invoice_rounds_the_sum_and_not_the_fees():
    fees = [fee(102, VAT), fee(102, VAT), fee(102, VAT)]

    taxes = invoice_taxes(fees)

    assert [fee_taxes(each).amount_cents for each in fees] == [20, 20, 20]
    assert (taxes.amount_cents, rows(taxes)) == (61, [("vat", 61, 306)])


def test_rows_of_an_invoice_are_made_to_add_up():
    low = TaxRate(4, "low", "Low", Decimal("0.5"))
    high = TaxRate(5, "high", "High", Decimal("0.6"))

    taxes = invoice_taxes([fee(100, low, high)])

    assert taxes.amount_cents == 1
    assert rows(taxes) == [("low", 0, 100), ("high", 1, 100)]


def test_each_tax_has_the_base_of_the_fees_that_carry_it():
    taxes = invoice_taxes([fee(10000, VAT), fee(5000, VAT, CITY, coupons="1000.5"), fee(700)])

    assert rows(taxes) == [("vat", 2800, 14000), ("city", 60, 4000)]
    assert taxes.amount_cents == 2860


@pytest.mark.parametrize(
    ("_case", "fees", "rate"),
    [
        ("one rate on all", [fee(333, VAT, coupons="111.11111"), fee(777, VAT)], "20"),
        ("weighed by the bases", [fee(3000, VAT), fee(1000)], "15"),
        ("rounded to five decimals", [fee(2000, VAT), fee(1000)], "13.33333"),
        ("by the number of fees where nothing is left", [fee(100, VAT, coupons="100"), fee(0)], "10"),
        ("two taxes", [fee(1000, VAT, CITY)], "21.5"),
        ("no fee", [], "0"),
    ],
)
def test_the_rate_of_an_invoice(_case, fees, rate):
    assert invoice_taxes(fees).rate == Decimal(rate)


def test_an_invoice_without_taxes_has_no_rows():
    taxes = invoice_taxes([fee(10000)])

    assert (taxes.amount_cents, taxes.rate, taxes.rows) == (0, 0, ())


rates = st.decimals(0, 100, places=5).map(lambda rate: TaxRate(str(rate), str(rate), str(rate), rate))


@st.composite
def taxed_fees(draw):
    taxes = draw(st.lists(rates, min_size=1, max_size=4, unique_by=lambda tax: tax.key))
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    fees = []
    for _ in range(draw(st.integers(1, 6))):
        cents = money.to_cents(draw(st.decimals(0, 10**6, places=4)), currency)
        coupons = draw(st.decimals(0, 1, places=5)) * cents
        some = draw(st.lists(st.sampled_from(taxes), unique_by=lambda tax: tax.key))
        fees.append(fee(cents, *some, coupons=coupons))
    return fees


@given(taxed_fees())
def test_rows_add_up_to_the_total_which_is_the_exact_sum_rounded_once(fees):
    taxes = invoice_taxes(fees)

    exact = sum(
        (Fraction(each.base_cents) * Fraction(tax.rate) / 100 for each in fees for tax in each.taxes), Fraction(0)
    )
    assert sum(row.amount_cents for row in taxes.rows) == taxes.amount_cents
    assert taxes.amount_cents == (exact + Fraction(1, 2)).__floor__()
    assert all(
        abs(row.amount_cents - Fraction(row.base_cents) * Fraction(row.tax.rate) / 100) < 2 for row in taxes.rows
    )


@given(taxed_fees())
def test_the_rate_lies_between_the_rates_of_the_fees(fees):
    rates_of_fees = [sum((tax.rate for tax in each.taxes), Decimal(0)) for each in fees]

    assert (
        min(rates_of_fees) - Decimal("0.00001") <= invoice_taxes(fees).rate <= max(rates_of_fees) + Decimal("0.00001")
    )
