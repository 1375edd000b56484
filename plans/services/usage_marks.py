"""
Marks on subscriptions whose usage is to be held against their thresholds.

| marked is | when |
|---|---|
| who has new events | `mark_arrivals` is called; it goes by transaction ids, so no event is missed or counted on |
| who has other thresholds, or another figure of usage from before | that is written |
| who begins, or was billed | what there is of recurring metrics counts in the next period too |

Only those that have thresholds are marked.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from metering.services import arrivals
from plans.models import Subscription, UsageMark
from plans.selectors.usage_thresholds import watched

READER = "usage thresholds"


def mark(subscriptions: "QuerySet[Any]", *, now: datetime) -> int:
    """Mark those of the subscriptions that have thresholds, and return how many."""
    keys = list(watched(subscriptions).order_by("pk").values_list("pk", flat=True))
    UsageMark.objects.bulk_create([UsageMark(subscription_id=key, created_at=now) for key in keys], batch_size=5000)
    return len(keys)


@transaction.atomic
def mark_arrivals(*, now: datetime) -> int:
    """Mark those that have had events since the last call, and return how many; 0 if another process is at it."""
    names = set(watched(Subscription.objects.all()).values_list("external_id", flat=True))
    active = arrivals.since_last(READER, names)
    return mark(Subscription.objects.filter(external_id__in=active), now=now) if active else 0
