"""
Taxes on fees and on the invoice.

Several taxes add up on the same base; none is taken on another. The invoice's figure is the legal one: it is summed up
unrounded over all fees and rounded once, so it may differ by a few cents from the sum of what the fees show (Lago rule
M25).
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from operator import mul

import msgspec

from billing_site.core.money import exact, largest_remainder, round_half_up

ZERO = Decimal(0)
RATE_DECIMALS = Decimal("0.00001")


class TaxRate(msgspec.Struct, frozen=True):
    """A tax as it is now; `key` tells taxes apart, `rate` is percent."""

    key: int | str
    code: str
    name: str
    rate: Decimal


class TaxableFee(msgspec.Struct, frozen=True):
    """A fee with what coupons took off it, in minor units, and the taxes on it."""

    amount_cents: int
    precise_amount_cents: Decimal
    taxes: tuple[TaxRate, ...]
    precise_coupons_cents: Decimal = ZERO

    @property
    def base_cents(self) -> Decimal:
        """Return what is taxed (Lago rule M23); it may have fractions of a cent."""
        return self.amount_cents - self.precise_coupons_cents

    @property
    def precise_base_cents(self) -> Decimal:
        """Return what would be taxed had the fee not been rounded."""
        return self.precise_amount_cents - self.precise_coupons_cents


class TaxRow(msgspec.Struct, frozen=True):
    """What is owed of one tax, and on which base, in minor units."""

    tax: TaxRate
    amount_cents: int
    base_cents: int


class FeeTaxes(msgspec.Struct, frozen=True):
    """The taxes of one fee; the rows are rounded alone and need not add up to the amount."""

    amount_cents: int
    precise_amount_cents: Decimal
    rate: Decimal
    rows: tuple[TaxRow, ...]


class InvoiceTaxes(msgspec.Struct, frozen=True):
    """The taxes of an invoice; the rows add up to the amount. `rate` is the average over the bases, in percent."""

    amount_cents: int
    rate: Decimal
    rows: tuple[TaxRow, ...]


@exact
def fee_taxes(fee: TaxableFee) -> FeeTaxes:
    """Return what a fee owes: the sum over its taxes rounded once, each row rounded alone (Lago rules M23 and M24)."""
    rate, base = _rate(fee), fee.base_cents
    base_cents = round_half_up(base)
    rows = [TaxRow(tax, round_half_up(base * tax.rate / 100), base_cents) for tax in fee.taxes]
    return FeeTaxes(
        amount_cents=rows[0].amount_cents if len(rows) == 1 else round_half_up(base * rate / 100),
        precise_amount_cents=fee.precise_base_cents * rate / 100,
        rate=rate,
        rows=tuple(rows),
    )


@exact
def invoice_taxes(fees: Sequence[TaxableFee]) -> InvoiceTaxes:
    """
    Return what an invoice owes of each tax and in all (Lago rules M25 to M27).

    Each tax is summed up unrounded over the fees that carry it, and their total is rounded once, half up. The rows are
    then rounded so that they add up to that total, by largest remainder; Lago rounds them alone and leaves a
    difference.
    """
    bases: dict[TaxRate, Decimal] = {}
    for fee in fees:
        for tax in fee.taxes:
            bases[tax] = bases.get(tax, ZERO) + fee.base_cents
    exact_parts = [base * tax.rate / 100 for tax, base in bases.items()]
    total_cents = round_half_up(sum(exact_parts, ZERO))
    amounts = largest_remainder(total_cents, exact_parts)
    rows = (
        TaxRow(tax, amount, round_half_up(base)) for (tax, base), amount in zip(bases.items(), amounts, strict=True)
    )
    return InvoiceTaxes(total_cents, _average_rate(fees), tuple(rows))


def _average_rate(fees: Sequence[TaxableFee]) -> Decimal:
    """Weigh the rates by the bases, or by the number of fees where all bases are nothing (Lago rule M26)."""
    rates = [_rate(fee) for fee in fees]
    weights = [fee.base_cents for fee in fees]
    whole = sum(weights, ZERO)
    if not whole:
        weights, whole = [Decimal(1)] * len(fees), Decimal(len(fees))
    if not whole:
        return ZERO
    weighed = sum(map(mul, rates, weights), ZERO)
    return (weighed / whole).quantize(RATE_DECIMALS, rounding=ROUND_HALF_UP)


def _rate(fee: TaxableFee) -> Decimal:
    return sum([tax.rate for tax in fee.taxes], ZERO)
