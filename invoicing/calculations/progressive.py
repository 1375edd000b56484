"""
What was billed when a threshold was reached, taken off later invoices (Lago rules M14 and M115).

Amounts are minor units. What is taken off one invoice is whole; its shares of the fees add up to it exactly.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from billing_site.core.money import exact

ZERO = Decimal(0)
FIVE_DECIMALS = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class CoveredFee:
    """A usage fee, and what tells it from the other usage of its subscription."""

    key: Hashable
    amount_cents: int


@dataclass(frozen=True, slots=True)
class BilledFee:
    """
    A fee of a progressive invoice of which something goes back.

    `before_cents` of it was billed before, `left_cents` has not been given back yet.
    """

    key: int
    amount_cents: int
    before_cents: Decimal
    left_cents: int

    @property
    def new_share(self) -> Decimal:
        """Return the part of the fee that its own invoice billed."""
        return (self.amount_cents - self.before_cents) / self.amount_cents if self.amount_cents else ZERO


@exact
def shares(credit_cents: int, fees: Sequence[CoveredFee], billed: Mapping[Hashable, Decimal]) -> list[Decimal]:
    """
    Return what is taken off each fee: first as much as was billed of the same usage, then what is left over.

    The credit is at most the sum of the fees; `billed` is what was billed before of each usage.
    """
    rest, left = Decimal(credit_cents), dict(billed)
    taken = []
    for fee in fees:
        share = min(Decimal(fee.amount_cents), left.get(fee.key, ZERO), rest)
        left[fee.key] = left.get(fee.key, ZERO) - share
        rest -= share
        taken.append(share)
    for index, fee in enumerate(fees):
        extra = min(fee.amount_cents - taken[index], rest)
        taken[index] += extra
        rest -= extra
    return taken


@exact
def excess_items(excess_cents: int, fees: Sequence[BilledFee]) -> tuple[dict[int, Decimal], int]:
    """
    Return how much of each fee goes back until an excess is covered, the highest first, and what is not covered.

    Of a fee that held usage billed before, only the rest was asked for: so more of it goes back for the same money.
    """
    rest, items = Decimal(excess_cents), dict[int, Decimal]()
    for fee in sorted(fees, key=lambda fee: (-fee.amount_cents, fee.key)):
        share = fee.new_share
        covered = min(rest, fee.left_cents * share)
        if covered > 0:
            item = (covered / share).quantize(FIVE_DECIMALS, rounding=ROUND_DOWN)
            items[fee.key] = min(item, Decimal(fee.left_cents))
            rest -= covered
    return items, int(rest)
