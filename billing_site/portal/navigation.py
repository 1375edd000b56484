"""Which pages there are, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# (page, the word for it, the pages that lie within it)
PAGES = (
    ("home", "overview", ()),
    ("usage", "usage", ()),
    ("invoices", "invoices", ("invoice",)),
    ("documents", "receipts_and_notes", ()),
    ("methods", "payment_methods", ()),
    ("credits", "credits", ()),
    ("plans", "plans", ()),
    ("details", "your_details", ()),
)


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    label: str
    address: str
    is_here: bool


def navigation(visit: Any, here: str) -> Sequence[Entry]:
    """Return the entries of the menu."""
    return [
        Entry(name, getattr(visit.words, word), visit.address(name), here == name or here in within)
        for name, word, within in PAGES
    ]
