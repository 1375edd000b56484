"""Limits for staff: up to what one person acts alone, by kind and currency."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from billing_site.core.models import Organization, StaffLimit

Kind = StaffLimit.Kind


@dataclass(frozen=True, slots=True)
class Weight:
    """How much of a kind an act gives or changes: minor units of a currency, or subscriptions reached by a price."""

    kind: str
    amount: int
    currency: str = ""


def is_above(weight: Weight) -> bool:
    """
    Test if an act needs a second person.

    A currency without a limit has none while the kind has none at all; once it has, other currencies wait too.
    """
    limits = dict(StaffLimit.objects.filter(kind=weight.kind).values_list("currency", "most"))
    if weight.amount <= 0 or not limits:
        return False
    most = limits.get(weight.currency)
    return most is None or weight.amount > most


@transaction.atomic
def put(company: Organization, kind: str, currency: str, most: int | None, *, now: datetime, reason: str) -> None:
    """Set a limit, or take it away (None)."""
    rows = StaffLimit.objects.filter(kind=kind, currency=currency)
    had = rows.values_list("most", flat=True).first()
    rows.delete()
    if most is not None:
        StaffLimit.objects.create(kind=kind, currency=currency, most=most, created_at=now, updated_at=now)
    named = f"{kind} {currency}".strip()
    activity.record("staff_limit.changed", company, now=now, changes={named: (had, most)}, reason=reason)
