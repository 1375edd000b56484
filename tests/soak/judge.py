"""
What must have been billed, worked out from the calendar alone, and what the books say: the difference is the verdict.

Not a line of the code under test is used: boundaries are the first days of months at local midnight.
"""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import connection

BILLED = """
    SELECT s.external_id, p.kind, p.ends_at, count(*), count(DISTINCT p.invoice_id)
    FROM plans_subscription s JOIN invoicing_billedperiod p ON p.subscription_id = s.id GROUP BY 1, 2, 3
"""
INVOICED = """
    SELECT s.external_id, t.billed_at, count(*) FROM plans_subscription s
    JOIN invoicing_invoicesubscription t ON t.subscription_id = s.id
    JOIN invoicing_invoice i ON i.id = t.invoice_id AND i.status IN ('draft', 'finalized') GROUP BY 1, 2
"""
SUBSCRIPTIONS = """
    SELECT s.external_id, s.started_at, coalesce(nullif(c.timezone, ''), 'UTC'), p.pay_in_advance
    FROM plans_subscription s JOIN customers_customer c ON c.id = s.customer_id JOIN plans_plan p ON p.id = s.plan_id
"""
EVENTS = """
    SELECT sum(f.events_count), (SELECT count(*) FROM metering_event)
    FROM invoicing_fee f WHERE f.fee_type = 'charge'
"""
COUNTERS = """
    WITH final AS (SELECT * FROM invoicing_invoice WHERE status IN ('finalized', 'voided')), counted AS (
        SELECT series, count(DISTINCT sequential_id) FROM final GROUP BY 1
        UNION SELECT 'invoice:' || billing_entity_id, count(DISTINCT entity_sequential_id) FROM final GROUP BY 1
    )
    SELECT c.series, c.latest, counted.count FROM core_counter c LEFT JOIN counted USING (series)
    WHERE c.series LIKE 'invoice:%' AND c.latest IS DISTINCT FROM counted.count
"""
STATE = """
    SELECT (SELECT count(*) FROM invoicing_invoice), (SELECT count(*) FROM invoicing_fee),
        (SELECT count(*) FROM invoicing_billedperiod), (SELECT count(*) FROM core_activity),
        (SELECT sum(latest) FROM core_counter)
"""
PARKED = "SELECT customer_id, reason FROM invoicing_parkedcustomer"


def state() -> tuple[int, ...]:
    """Return how many rows of each kind there are; equal before and after a run that makes nothing."""
    return _rows(STATE)[0]


def problems(now: datetime, *, all_events: bool = False) -> list[str]:
    """
    Return what was billed more often than once, not at all, or out of count, up to `now`.

    With `all_events` every event that was sent lies in time that is billed.
    """
    expected_periods, expected_invoices = _expected(now)
    billed = Counter({(row[0], row[1], row[2]): max(row[3], row[4]) for row in _rows(BILLED)})
    invoiced = Counter({(row[0], row[1]): row[2] for row in _rows(INVOICED)})
    found = _differences("period", expected_periods, billed)
    found += _differences("invoice", expected_invoices, invoiced)
    found += [f"counter {series}: {latest}, invoices {count}" for series, latest, count in _rows(COUNTERS)]
    found += [f"parked customer {customer}: {reason}" for customer, reason in _rows(PARKED)]
    if all_events:
        counted, sent = _rows(EVENTS)[0]
        found += [f"{counted} events were charged of {sent}"] if counted != sent else []
    return found


def _expected(now: datetime) -> tuple[Counter, Counter]:
    periods, invoices = Counter(), Counter()
    for name, started_at, zone, in_advance in _rows(SUBSCRIPTIONS):
        bounds = _first_days(started_at, now, ZoneInfo(zone))
        past = [bound for bound in bounds if bound <= now]
        fee_ends = bounds if in_advance else past
        periods.update([(name, "plan_fee", end) for end in fee_ends] + [(name, "usage", end) for end in past])
        invoices.update((name, moment) for moment in ([started_at, *past] if in_advance else past))
    return periods, invoices


def _first_days(after: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the first days of months at local midnight, from the first after a moment to the first after another."""
    local = after.astimezone(zone)
    month, found = local.year * 12 + local.month, []
    while not found or found[-1] <= until:
        found.append(datetime(month // 12, month % 12 + 1, 1, tzinfo=zone).astimezone(UTC))
        month += 1
    return found


def _differences(what: str, expected: Counter, found: Counter) -> list[str]:
    return [
        f"{what} {' '.join(map(str, key))}: {found[key]} instead of {expected[key]}"
        for key in sorted(expected.keys() | found.keys(), key=str)
        if expected[key] != found[key]
    ]


def _rows(statement: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
