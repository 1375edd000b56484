"""The table that `make bench` prints: each figure beside the floor measured in the same run, and its goal."""

from dataclasses import dataclass, field

HEADINGS = ("what", "figure", "floor", "ratio", "goal", "verdict")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; `floor` is the fastest honest way to do the bare work, in the same unit."""

    what: str
    figure: float
    unit: str
    floor: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    ratio_at_least: float | None = None
    ratio_at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return figure / floor; None without a floor."""
        return self.figure / self.floor if self.floor else None

    @property
    def is_met(self) -> bool:
        """Return whether every goal of the row is reached; a goal about a floor needs the floor."""
        ratio = self.ratio
        return all(
            (
                self.at_least is None or self.figure >= self.at_least,
                self.at_most is None or self.figure <= self.at_most,
                self.ratio_at_least is None or (ratio is not None and ratio >= self.ratio_at_least),
                self.ratio_at_most is None or (ratio is not None and ratio <= self.ratio_at_most),
            )
        )

    @property
    def goal(self) -> str:
        """Return the goals in words: figures with the unit, ratios with an x."""
        goals = [
            (">=", self.at_least, ""),
            ("<=", self.at_most, ""),
            (">=", self.ratio_at_least, " x"),
            ("<=", self.ratio_at_most, " x"),
        ]
        return ", ".join(f"{sign} {_number(value)}{mark}" for sign, value, mark in goals if value is not None)

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, in the order of HEADINGS."""
        verdict = ("met" if self.is_met else "MISSED") if self.goal else ""
        floor = f"{_number(self.floor)} {self.unit}" if self.floor else ""
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        return (self.what, f"{_number(self.figure)} {self.unit}", floor, ratio, self.goal, verdict)


@dataclass(slots=True)
class Report:
    """Collects the rows of all benchmarks and the names of those that broke."""

    rows: list[Row] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, what: str, figure: float, unit: str, **goals: float | None) -> None:
        """Add a measurement; `goals` are the fields of Row from `floor` on."""
        self.rows.append(Row(what, figure, unit, **goals))

    @property
    def is_met(self) -> bool:
        """Return whether every benchmark ran and met its goals."""
        return not self.broken and all(row.is_met for row in self.rows)

    def table(self) -> str:
        """Return all rows as columns of text, figures to the right."""
        lines = [HEADINGS, *(row.cells() for row in self.rows)]
        lines += [(name, "", "", "", "", "BROKEN") for name in self.broken]
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
        return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    what, figure, floor, ratio, goal, verdict = (
        cell.rjust(width) if column in (1, 2, 3) else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((what, figure, floor, ratio, goal, verdict)).rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"
