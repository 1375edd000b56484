"""
Telling the floors above of events that are paid for at once: one activity a batch, none where no such metric is in it.
"""

from collections.abc import Iterable
from datetime import datetime

from billing_site.core import activity
from metering.models import BillableMetric
from metering.services.code_rules import Rules


def announce(events: Iterable[tuple[str, int, datetime, str]], rules: Rules, *, now: datetime) -> None:
    """Record that events (code, stream, timestamp, id) came in, in the transaction that stores them."""
    marks = [[stream, moment, mark] for code, stream, moment, mark in events if code in rules and rules[code].is_told]
    if not marks:
        return
    metric_id = min(rule.metric_id for rule in rules.values() if rule.is_told)
    subject = BillableMetric.objects.only("id", "name").get(pk=metric_id)
    activity.record("events.received", subject, now=now, details={"events": marks})
