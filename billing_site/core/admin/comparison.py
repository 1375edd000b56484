"""Before and after, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from billing_site.core.admin.panels import Sections


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in words, now and then; empty where there is none."""

    label: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Test if it would be different."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Comparison:
    """A section of things, with those that change among them."""

    title: str
    changes: list[Change]

    @property
    def is_changed(self) -> bool:
        """Test if anything in it would be different."""
        return any(change.is_changed for change in self.changes)

    @property
    def is_new(self) -> bool:
        """Test if there is nothing of it yet."""
        return not any(change.before for change in self.changes)


def compare(before: Sections, after: Sections) -> list[Comparison]:
    """Return the sections of both, each with the rows of both, in the order in which they come."""
    return [Comparison(title, _rows(before.get(title, {}), after.get(title, {}))) for title in {**before, **after}]


def _rows(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """A row that only one side has stands where that side has it: sums stay below what they add up."""
    first, second = list(before), list(after)
    labels: list[str] = []
    for label in second:
        if label in before:
            cut = first.index(label)
            labels += [gone for gone in first[:cut] if gone not in after]
            first = first[cut + 1 :]
        labels.append(label)
    labels += [gone for gone in first if gone not in after]
    return [Change(label, before.get(label, ""), after.get(label, "")) for label in labels]
