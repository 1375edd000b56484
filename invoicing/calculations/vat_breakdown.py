"""
The sums of an e-invoice (EN 16931): what is taxed in which way, so that all of it adds up by that standard's rules.

| rule | here |
|---|---|
| BR-CO-10: the lines add up to their sum | lines are fees as invoiced, in whole minor units |
| BR-S-8 and its like: base of a kind = its lines − its allowances | allowances are what lies between the two |
| BR-CO-11, BR-CO-13: bases = lines − allowances | bases are rounded so that they add up to the invoice's net |
| BR-CO-14: taxes of the kinds add up to the invoice's | the invoice's own rows, or its taxes shared out |
| BR-CO-17: tax = base × rate, but for rounding | among bases, whose tax is short is rounded up first |

The taxes are the invoice's (rule M25: rounded once over all), so a kind's may be one minor unit off its base × rate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from billing_site.core.money import exact, largest_remainder


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be taxed: a category of UNTDID 5305 and a rate in percent, that of all its taxes together."""

    category: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line in minor units: its amount, and what of it is taxed, which may have fractions of a cent."""

    kind: Kind
    cents: int
    base_cents: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """What is taxed in one way, in minor units."""

    kind: Kind
    lines_cents: int
    base_cents: int
    tax_cents: int

    @property
    def reduction_cents(self) -> int:
        """Return what allowances take off its lines; less than nothing where a rounding adds to them."""
        return self.lines_cents - self.base_cents


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one reason takes off what is taxed in one way."""

    reason: str
    kind: Kind
    cents: int


@exact
def breakdown(
    lines: Sequence[TaxedLine], *, net_cents: int, taxes_cents: int, known: Mapping[Kind, int] | None = None
) -> list[Part]:
    """
    Return the lines by kind, with bases that add up to the net sum and taxes that add up to the taxes.

    `known` are the taxes of all kinds where the invoice's own rows say them.
    """
    amounts: dict[Kind, int] = {}
    taxed: dict[Kind, Decimal] = {}
    for line in lines:
        amounts[line.kind] = amounts.get(line.kind, 0) + line.cents
        taxed[line.kind] = taxed.get(line.kind, Decimal(0)) + line.base_cents
    taxes = dict(known) if known is not None else _shared(taxes_cents, taxed)
    bases = _bases(net_cents, taxed, taxes, amounts)
    return [Part(kind, cents, bases[kind], taxes[kind]) for kind, cents in amounts.items()]


@exact
def allowances(parts: Sequence[Part], reasons: Sequence[tuple[str, int]]) -> list[Allowance]:
    """
    Share what each reason takes off (minor units) over the kinds; both ways it adds up.

    The reasons come to the sum of the reductions. Whichever is named first fills the kinds, the smallest first: by
    kind no reason is known, and only the sums matter.
    """
    found = []
    left = {part.kind: part.reduction_cents for part in sorted(parts, key=lambda part: part.reduction_cents)}
    for reason, cents in reasons:
        for kind, room in left.items():
            if taken := room if room < 0 else min(room, cents):  # what a rounding adds, others bear
                found.append(Allowance(reason, kind, taken))
                left[kind] -= taken
                cents -= taken
    return found


def _shared(taxes_cents: int, taxed: Mapping[Kind, Decimal]) -> dict[Kind, int]:
    owed = {kind: base * kind.rate / 100 for kind, base in taxed.items() if kind.rate}
    shares = largest_remainder(taxes_cents if owed else 0, list(owed.values()))
    return dict.fromkeys(taxed, 0) | dict(zip(owed, shares, strict=True))


def _bases(
    net_cents: int, taxed: Mapping[Kind, Decimal], taxes: Mapping[Kind, int], lines: Mapping[Kind, int]
) -> dict[Kind, int]:
    """
    Round bases down and give the missing units to those whose taxes are highest above what their base owes.

    What has reached its lines waits, since then it would be charged more.
    """
    bases = {kind: int(base.to_integral_value(rounding=ROUND_FLOOR)) for kind, base in taxed.items()}

    def order(kind: Kind) -> tuple[bool, bool, Decimal]:
        owed = bases[kind] * kind.rate / 100
        return bases[kind] >= lines[kind], taxed[kind] == bases[kind], owed - taxes[kind]

    waiting = sorted(bases, key=order)
    everyone, some = divmod(net_cents - sum(bases.values()), len(bases)) if bases else (0, 0)
    return {kind: base + everyone + (kind in waiting[:some]) for kind, base in bases.items()}
