"""
Looking at what alerts watch, and telling of thresholds that were crossed since the look before.

A chunk of alerts is locked, what they watch is read at once, and the values seen are written with what is told of them
in one transaction: a crossing is told once, whoever looks and however often (a unique key for each look besides).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from billing_site.core import activity, bulk
from billing_site.core.api.formats import decimal_string as plain
from webhooks.calculations.alerts import Threshold, crossed
from webhooks.models import Alert, TriggeredAlert
from webhooks.selectors import alert_values
from webhooks.selectors.alert_values import Seen

CHUNK_SIZE = 250


def look(*, now: datetime) -> int:
    """Look at what all alerts watch, and return how many were told."""
    keys = list(Alert.objects.live().order_by("pk").values_list("pk", flat=True))
    return sum(_look(keys[start : start + CHUNK_SIZE], now) for start in range(0, len(keys), CHUNK_SIZE))


@transaction.atomic
def _look(keys: Sequence[int], now: datetime) -> int:
    """Look for these alerts, without those that somebody else looks at or changes just now."""
    rows = Alert.objects.live().filter(pk__in=keys).order_by("pk").select_for_update(skip_locked=True, of=("self",))
    alerts = list(rows.prefetch_related("thresholds"))
    seen = alert_values.read(alerts, now=now)
    told, looked = [], []
    for alert in alerts:
        found = seen.get(alert.pk)
        if found is not None and _has_changed(alert, found):
            looked.append(alert)
            if (triggered := _judge(alert, found, now)) is not None:
                told.append(triggered)
    bulk.update_models(Alert, looked, ["previous_value", "seen_period_from", "last_processed_at", "looks"])
    TriggeredAlert.objects.bulk_create(told)
    activity.record_all([activity.build("alert.triggered", row, now=now) for row in told])
    return len(told)


def _has_changed(alert: Alert, seen: Seen) -> bool:
    """Test if there is anything new to see: most of the time there is not, and nothing is written."""
    return alert.last_processed_at is None or (seen.value, seen.period_from) != (
        alert.previous_value,
        alert.seen_period_from,
    )


def _judge(alert: Alert, seen: Seen, now: datetime) -> TriggeredAlert | None:
    """Set what the alert has seen, and return what is to be told of it."""
    is_new_period = seen.period_from != alert.seen_period_from and alert.seen_period_from is not None
    previous = Decimal(0) if is_new_period else alert.previous_value
    thresholds = [Threshold(row.value, row.code, row.recurring) for row in alert.thresholds.all()]
    passed = crossed(thresholds, previous, seen.value, grows=alert.grows)
    alert.previous_value, alert.seen_period_from, alert.last_processed_at = seen.value, seen.period_from, now
    alert.looks += 1
    if not passed:
        return None
    return TriggeredAlert(
        alert=alert,
        look=alert.looks,
        customer_id=seen.customer_id,
        subscription_id=seen.subscription_id,
        current_value=seen.value,
        previous_value=previous,
        crossed_thresholds=[
            {"code": item.code or None, "value": plain(item.value), "recurring": item.is_recurring} for item in passed
        ],
        triggered_at=now,
        created_at=now,
        updated_at=now,
    )
