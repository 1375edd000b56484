"""
What credits are worth, which wallets pay for what, and which credits are used first (Lago rules M95, M98, M99, M102).

Money is whole minor units; credits have five decimals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from billing_site.core.money import exact, round_half_up, to_amount, to_cents

ZERO = Decimal(0)
PLACES = Decimal("0.00001")
Key = int | str


@exact
def cut(credits_asked: Decimal) -> Decimal:
    """Return credits cut down to five decimals, as they enter (Lago rule M9)."""
    return credits_asked.quantize(PLACES, rounding=ROUND_FLOOR)


@exact
def worth_cents(credits_amount: Decimal, rate: Decimal, currency: str) -> int:
    """Return what credits are worth in minor units, at a rate in major units a credit (Lago rule M95)."""
    return to_cents(credits_amount * rate, currency)


@exact
def credits_of(amount_cents: int, rate: Decimal, currency: str) -> Decimal:
    """Return the credits that minor units are, to five decimals (Lago rule M95)."""
    return (to_amount(amount_cents, currency) / rate).quantize(PLACES, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class PayableFee:
    """
    A fee that wallets may pay: its kind, its metric, and what is owed for it with taxes (minor units, precise).

    `target` is the code of the one wallet that its usage named.
    """

    fee_type: str
    metric_key: Key | None
    amount_cents: Decimal
    target: str = ""


@dataclass(frozen=True, slots=True)
class PayingWallet:
    """A wallet with money (minor units), and what it is kept for; without fee types and metrics, for everything."""

    key: Key
    balance_cents: int
    fee_types: frozenset[str] = frozenset()
    metric_keys: frozenset[Key] = frozenset()
    code: str = ""

    def pays_for(self, fee_type: str, metric_key: Key | None, target: str = "") -> bool:
        """Say whether the wallet is good for fees of a kind and metric, or is the one that is named (Lago rule M99)."""
        if target:
            return target == self.code
        if not self.fee_types and not self.metric_keys:
            return True
        return fee_type in self.fee_types or metric_key in self.metric_keys


Bucket = tuple[str, Key | None] | tuple[str, Key | None, str]


@exact
def buckets(fees: Iterable[PayableFee], *, total_cents: int) -> dict[Bucket, int]:
    """
    Return what is owed by kind of fee, metric and named wallet in whole minor units, the largest first (Lago rule M98).

    What rounding left between them and the invoice's total goes to the largest.
    """
    sums: dict[Bucket, Decimal] = {}
    for fee in fees:
        key: Bucket = (fee.fee_type, fee.metric_key)
        if fee.target:
            key = (fee.fee_type, fee.metric_key, fee.target)
        sums[key] = sums.get(key, ZERO) + fee.amount_cents
    owed = {key: round_half_up(amount) for key, amount in sums.items() if amount > 0}
    owed = dict(sorted(owed.items(), key=lambda item: -item[1]))
    missing = total_cents - sum(owed.values())
    if owed and 0 < missing <= len(owed):
        owed[next(iter(owed))] += missing
    return owed


@exact
def rounded(fees: Iterable[PayableFee]) -> int:
    """Return the sum of fees in whole minor units."""
    return round_half_up(sum((fee.amount_cents for fee in fees), ZERO))


def pay(wallets: Sequence[PayingWallet], owed: dict[Bucket, int], *, total_cents: int) -> dict[Key, int]:
    """
    Return what each wallet, in the order given, pays of an invoice; those that pay nothing are left out (rule M99).

    `owed` is what is left of each bucket, and is lowered by what is paid.
    """
    paid: dict[Key, int] = {}
    left = total_cents
    for wallet in wallets:
        balance = wallet.balance_cents
        for bucket in owed:
            if not wallet.pays_for(*bucket):
                continue
            amount = min(owed[bucket], balance, left)
            owed[bucket], balance, left = owed[bucket] - amount, balance - amount, left - amount
        if balance < wallet.balance_cents:
            paid[wallet.key] = wallet.balance_cents - balance
    return paid


@dataclass(frozen=True, slots=True)
class UsableCredits:
    """Credits that came in at some time, and what is left of them in minor units."""

    key: Key
    priority: int
    is_granted: bool
    created_at: datetime
    remaining_cents: int

    @property
    def rank(self) -> tuple[int, bool, datetime, Key]:
        """Return what decides which are used first: priority, granted before bought, age (Lago rule M102)."""
        return self.priority, not self.is_granted, self.created_at, self.key


def take(usable: Iterable[UsableCredits], amount_cents: int) -> dict[Key, int]:
    """
    Return what is taken of each of these credits to make an amount, in minor units.

    :raises ValueError: if they do not suffice
    """
    taken: dict[Key, int] = {}
    for item in sorted(usable, key=lambda item: item.rank):
        part = min(item.remaining_cents, amount_cents)
        if part:
            taken[item.key] = part
            amount_cents -= part
    if amount_cents:
        raise ValueError("The credits do not suffice.")
    return taken


@exact
def purchase(gap: Decimal, paid_credits: Decimal, *, most: Decimal | None = None) -> Decimal:
    """
    Return the credits that a rule buys when the balance is `gap` below its threshold (Lago rule M106).

    It buys its amount as often as it takes to rise above the threshold, within `most`.
    """
    if paid_credits <= 0:
        return ZERO
    times = int(gap / paid_credits) + 1
    wanted = paid_credits * times
    if most is not None and wanted > most:
        wanted = paid_credits * max(int(most / paid_credits), 1)
    return wanted


@dataclass(frozen=True, slots=True)
class ExpectingWallet:
    """A wallet, and whether it takes all that it may pay for, below zero too, so that its rule fills it in time."""

    wallet: PayingWallet
    takes_all: bool = False


def expect(wallets: Sequence[ExpectingWallet], owed: dict[Bucket, int]) -> dict[Key, int]:
    """
    Return what usage and drafts will take from each wallet, in the order given, in minor units (Lago rule M105).

    The last one that may pay for something takes what the others cannot.
    """
    taken = {item.wallet.key: 0 for item in wallets}
    for bucket, amount in owed.items():
        able = [item for item in wallets if item.wallet.pays_for(*bucket)]
        for item in able:
            key = item.wallet.key
            is_last = item is able[-1] or item.takes_all
            part = amount if is_last else min(amount, max(item.wallet.balance_cents - taken[key], 0))
            taken[key] += part
            amount -= part
    return taken
