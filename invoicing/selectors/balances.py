"""The trial balance: what stands on each account of the journal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from invoicing.models import JournalEntry
from invoicing.models.journal import ACCOUNTS


@dataclass(frozen=True, slots=True)
class Balance:
    """An account in one currency, in minor units: to its debit if positive, to its credit if negative."""

    currency: str
    account: str
    cents: int


def trial_balance(*, until: datetime) -> Sequence[Balance]:
    """Return the accounts on which something stands before a moment; in each currency they add up to nothing."""
    sums = {f"sum_{name}": Sum(name) for name in ACCOUNTS}
    entries = JournalEntry.objects.filter(occurred_at__lt=until)
    rows: Iterable[Mapping[str, Any]] = entries.values("currency").annotate(**sums).order_by("currency")
    return [
        Balance(row["currency"], name, int(row[f"sum_{name}"]))
        for row in rows
        for name in ACCOUNTS
        if row[f"sum_{name}"]
    ]
