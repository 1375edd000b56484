"""What is billed of usage that came in late: what a time costs with it, less what was billed of that time before."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LateLine:
    """How much dearer (or cheaper) one line of a time has become; what lifts a charge to its minimum is no usage."""

    charge: Hashable
    cents: int
    is_usage: bool = True


def cents_to_bill(lines: Sequence[LateLine], *, committed_cents: int = 0) -> list[int]:
    """
    Return what is billed of each line: in all what the lines add up to, less what was billed to reach a commitment.

    What has become cheaper comes off the dearer lines, those of its own charge first. All of it is nothing where the
    time has become no dearer.
    """
    billed = [max(line.cents, 0) if line.is_usage else 0 for line in lines]
    rest = committed_cents
    for charge in dict.fromkeys(line.charge for line in lines):
        own = [number for number, line in enumerate(lines) if line.charge == charge]
        rest += _take(billed, own, sum(billed[number] - lines[number].cents for number in own))
    _take(billed, range(len(lines)), rest)
    return billed


def _take(billed: list[int], numbers: Sequence[int], cents: int) -> int:
    """Take so much off these lines, the last first, and return what there is no line for."""
    for number in reversed(numbers):
        taken = min(billed[number], cents)
        billed[number] -= taken
        cents -= taken
    return cents
