"""
Telling the floors above of events that are paid for at once: one activity a batch, none where no such metric is in it.
"""

from collections.abc import Sequence
from datetime import datetime

from billing_site.core import activity
from metering.models import BillableMetric

# Codes that somebody above wants to hear of. What stays here too long is looked up once more, and not told.
_told: set[str] = set()


def is_told(code: str) -> bool:
    """Test if events of a code are probably told: then they are stored and told in one transaction."""
    return code in _told


def remember(code: str) -> None:
    """Keep in this process that events of a code are told."""
    _told.add(code)


def announce(events: Sequence[tuple[str, int, datetime, str]], *, now: datetime) -> None:
    """Record that events (code, stream, timestamp, id) came in, in the transaction that stores them."""
    codes = sorted({code for code, *_ in events})
    metrics = BillableMetric.objects.live().filter(code__in=codes, is_paid_at_once=True)
    told = {metric.code: metric for metric in metrics.only("id", "code", "name")}
    if not told:
        return
    marks = [[stream, moment, mark] for code, stream, moment, mark in events if code in told]
    activity.record("events.received", next(iter(told.values())), now=now, details={"events": marks})
