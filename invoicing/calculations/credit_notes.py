"""
What a credit note gives back of fees, of the coupons on them and of their taxes (Lago rules M94b, M111 to M115).

Amounts are minor units. What an item gives back may have five decimals; taxes stay unrounded until the note is whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from billing_site.core.money import exact, round_half_up
from customers.calculations.taxes import TaxRate, TaxRow

ZERO = Decimal(0)
FIVE_DECIMALS = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class CreditedFee:
    """A fee as it was billed, and how much of it is given back."""

    key: int
    amount_cents: int
    precise_coupons_cents: Decimal
    taxes: tuple[TaxRate, ...]
    item_cents: Decimal

    @property
    def coupons_cents(self) -> Decimal:
        """Return the share of the coupons that goes back with the item."""
        return self.precise_coupons_cents * self.item_cents / self.amount_cents if self.amount_cents else ZERO

    @property
    def base_cents(self) -> Decimal:
        """Return what is given back without taxes."""
        return self.item_cents - self.coupons_cents


@dataclass(frozen=True, slots=True)
class NoteAmounts:
    """The sums of a credit note before it is decided where the money goes."""

    coupons_cents: Decimal
    base_cents: Decimal
    taxes_cents: Decimal
    rate: Decimal
    rows: tuple[TaxRow, ...]

    @property
    def sub_total_cents(self) -> int:
        """Return what is given back without taxes, rounded."""
        return round_half_up(self.base_cents)

    @property
    def total_cents(self) -> int:
        """Return what may be asked for: the exact sum, rounded once."""
        return round_half_up(self.base_cents + self.taxes_cents)

    @property
    def estimated_cents(self) -> int:
        """Return what an estimate says: no more than the sum of the rounded parts."""
        return min(self.total_cents, self.sub_total_cents + round_half_up(self.taxes_cents))


@dataclass(frozen=True, slots=True)
class Shares:
    """Where the money goes: onto the balance, back to the customer, or off what is due of the invoice."""

    credit_cents: int = 0
    refund_cents: int = 0
    offset_cents: int = 0

    @property
    def total_cents(self) -> int:
        """Return the sum of the three."""
        return self.credit_cents + self.refund_cents + self.offset_cents


@exact
def amounts(fees: Sequence[CreditedFee], *, rounded_before: Decimal = ZERO) -> NoteAmounts:
    """
    Return the sums of a note over these fees (rule M111).

    `rounded_before` is by how much the taxes of the invoice's earlier notes were rounded up in all; it is given by the
    note that leaves nothing of the invoice, which takes it up (M112).
    """
    coupons = sum((fee.coupons_cents for fee in fees), ZERO)
    bases: dict[TaxRate, Decimal] = {}
    for fee in fees:
        for tax in fee.taxes:
            bases[tax] = bases.get(tax, ZERO) + fee.base_cents
    rows = (TaxRow(tax, round_half_up(base * tax.rate / 100), round_half_up(base)) for tax, base in bases.items())
    taxes = sum((base * tax.rate / 100 for tax, base in bases.items()), ZERO) - rounded_before
    base = sum((fee.base_cents for fee in fees), ZERO)
    return NoteAmounts(_cut(coupons), _cut(base), _cut_taxes(base, taxes), _rate(fees), tuple(rows))


def _cut_taxes(base: Decimal, taxes: Decimal) -> Decimal:
    """Cut taxes to five decimals, but not up to the half of a cent from which the sum would be one more than it is."""
    cut = _cut(taxes)
    if round_half_up(_cut(base) + cut) == round_half_up(base + taxes):
        return cut
    return taxes.quantize(FIVE_DECIMALS, rounding=ROUND_DOWN)


def fitted(asked: Shares, sums: NoteAmounts, *, paid_cents: int) -> Shares:
    """
    Return the shares with the cent that makes them the sum of the note's rounded parts (rule M113).

    The cent goes onto the credit, where there is none onto the refund, else the offset. `paid_cents` is what was paid
    and not refunded: beyond Lago's rule, a refund is not raised over it, the cent becomes credit.
    """
    missing = sums.sub_total_cents + round_half_up(sums.taxes_cents) - asked.total_cents
    if asked.credit_cents or asked.refund_cents > 0 and asked.refund_cents + missing > paid_cents:
        return replace(asked, credit_cents=asked.credit_cents + missing)
    if asked.refund_cents:
        return replace(asked, refund_cents=asked.refund_cents + missing)
    return replace(asked, offset_cents=asked.offset_cents + missing)


@exact
def shared_out(total_cents: int, fees: Iterable[CreditedFee], *, whole_cents: int) -> list[CreditedFee]:
    """Return fees of which a total, taxes included, goes back: all of each, or the same share of each to 5 decimals."""
    if abs(whole_cents - total_cents) <= 1:
        return list(fees)
    share = Decimal(total_cents) / whole_cents
    return [
        replace(fee, item_cents=(fee.item_cents * share).quantize(FIVE_DECIMALS, rounding=ROUND_DOWN)) for fee in fees
    ]


@exact
def termination_shares(
    option: str, *, total_cents: int, used_cents: Decimal, paid_cents: int, gross: tuple[int, int], due_cents: int
) -> Shares:
    """
    Return where the unused part of a fee goes when its subscription ends (rules M94 and M94b).

    `used_cents` is what was used of the fee, with taxes; `gross` is the fee and its invoice with taxes; `paid_cents`
    and `due_cents` are the invoice's. What was paid beyond what was used is refunded.
    """
    if option == "credit" or not gross[1]:
        return Shares(credit_cents=total_cents)
    paid_of_fee = Decimal(paid_cents) * gross[0] / gross[1]
    refund = max(0, min(round_half_up(paid_of_fee - used_cents), total_cents))
    if option == "refund":
        return Shares(credit_cents=total_cents - refund, refund_cents=refund)
    offset = min(total_cents - refund, due_cents)
    return Shares(total_cents - refund - offset, refund, offset)


def _cut(value: Decimal) -> Decimal:
    return value.quantize(FIVE_DECIMALS, rounding=ROUND_HALF_UP)


def _rate(fees: Sequence[CreditedFee]) -> Decimal:
    """Weigh the rates by what goes back, in percent."""
    weight = sum((fee.base_cents for fee in fees), ZERO)
    if not weight:
        return ZERO
    weighed = sum((sum((tax.rate for tax in fee.taxes), ZERO) * fee.base_cents for fee in fees), ZERO)
    return _cut(weighed / weight)
