"""
Charts as plain figures: rectangles that a template draws as SVG, without script, and the same in words and in a table.

A drawing is 100 wide and as high as `HEIGHT`, stretched to its place; it has no text in it, which stays text beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

HEIGHT = 100
WIDTH = 100
GAP = Decimal("0.25")  # of a step's width
TONES = 6  # colours; what comes after shares the last
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rectangle:
    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    tone: int


@dataclass(frozen=True, slots=True)
class Bars:
    """Stacked bars by step; `first` and `last` name the ends of the axis, `most` its top."""

    title: str
    rectangles: Sequence[Rectangle]
    first: str
    last: str
    most: str
    summary: str
    series: Sequence[tuple[str, int]]  # name and tone, of what is stacked
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]  # the figures as a table: step, then a cell for each of the columns


def stacked(values: Sequence[Sequence[Decimal]]) -> list[Rectangle]:
    """
    Return the rectangles of bars, one for each step and part of it, bottom up; what is below zero is not drawn.

    `values` has the parts of each step; the highest step reaches the top.
    """
    tops = [sum((max(part, Decimal(0)) for part in parts), Decimal(0)) for parts in values]
    most = max(tops, default=Decimal(0))
    if not most:
        return []
    step = Decimal(WIDTH) / len(values)
    found = []
    for number, parts in enumerate(values):
        bottom = Decimal(HEIGHT)
        for tone, part in enumerate(parts):
            height = max(part, Decimal(0)) * HEIGHT / most
            if height:
                bottom -= height
                x, width = step * number + step * GAP / 2, step * (1 - GAP)
                found.append(Rectangle(*map(_short, (x, bottom, width, height)), min(tone, TONES - 1)))
    return found


def share(part: Decimal, whole: Decimal) -> Decimal:
    """Return the width of a bar beside the longest one."""
    return _short(max(part, Decimal(0)) * WIDTH / whole) if whole > 0 else Decimal(0)


def _short(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH)
