"""The trial balance: what stands on each account of the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    rows = (
        JournalEntry.objects.filter(occurred_at__lt=until)
        .values("currency")
        .annotate(**{f"sum_{name}": Sum(name) for name in ACCOUNTS})
        .order_by("currency")
    )
    return [
        Balance(row["currency"], name, int(row[f"sum_{name}"]))
        for row in rows
        for name in ACCOUNTS
        if row[f"sum_{name}"]
    ]
