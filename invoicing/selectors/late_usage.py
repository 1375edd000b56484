"""
Usage that came in after the invoice of its time was final: which times have some, and what was billed of them.

| a time counts | because |
|---|---|
| its invoice is final, or closed over nothing | as long as it is a draft, refreshing and finalising see to it |
| it holds the event, or the metric recurs and it ends after | what recurs is there in all times that follow |
"""

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from billing_site.core.periods import Period
from invoicing.models import BilledPeriod, Fee, Invoice, LateUsage
from metering.services.arrivals import Span

Status = LateUsage.Status
CLOSED = (Status.BILLED, Status.DISMISSED)
LineKey = tuple[int, int | None, Hashable]  # charge, filter, groups; `TRUE_UP` for what lifts a charge to its minimum
TRUE_UP = "true_up"


@dataclass(slots=True)
class Line:
    """What of one line was billed."""

    units: Decimal = Decimal(0)
    events_count: int = 0
    cents: int = 0


@dataclass(slots=True)
class BilledTime:
    """What was billed of a time, by line; `plan_id` is the plan that it was billed by, where that is known."""

    lines: dict[LineKey, Line] = field(default_factory=dict)
    plan_id: int | None = None

    def add(self, key: LineKey, line: Line) -> None:
        """Add to what was billed of a line."""
        known = self.lines.setdefault(key, Line())
        known.units += line.units
        known.events_count += line.events_count
        known.cents += line.cents


# Of each stream a row for a day: nearly all that arrives is of today, and of a time that nobody has billed.
_ARRIVED = """
    WITH arrived AS (
        SELECT e.stream_id, min(e."timestamp") AS first, max(e."timestamp") AS last FROM metering_event e
        WHERE e.xid >= %(old)s::xid8 AND (%(is_restored)s OR e.xid < %(new)s::xid8)
        GROUP BY e.stream_id, date_bin('1 day', e."timestamp", timestamptz '2000-01-01Z')
    )
    SELECT DISTINCT p.id, s.customer_id, i.currency, e.late_usage FROM arrived a
    JOIN metering_eventstream t ON t.id = a.stream_id
    JOIN plans_subscription s ON s.external_id = t.external_subscription_id
    JOIN metering_billablemetric m ON m.code = t.code AND m.deleted_at IS NULL
    JOIN invoicing_billedperiod p ON p.subscription_id = s.id AND p.kind = 'usage' AND p.ends_at > a.first
        AND (m.recurring OR p.starts_at <= a.last)
    JOIN invoicing_invoice i ON i.id = p.invoice_id AND i.status IN ('finalized', 'closed')
    JOIN invoicing_invoicesubscription b ON b.invoice_id = i.id AND b.subscription_id = s.id
    JOIN customers_customer c ON c.id = s.customer_id
    JOIN customers_billingentity e ON e.id = coalesce(s.billing_entity_id, c.billing_entity_id)
    WHERE e.late_usage <> 'ignore' ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class LateTime:
    """A billed period that had events after its invoice was final, or at least shortly before."""

    period_id: int
    customer_id: int
    currency: str
    late_usage: str


def times_with_arrivals(span: Span) -> list[LateTime]:
    """Return the billed times that have had events by these transactions."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVED, span._asdict())
        return [LateTime(*row) for row in cursor.fetchall()]


def waiting(customers: Iterable[int]) -> list[LateUsage]:
    """Return what waits for the next invoice of these customers; one query."""
    return _with_times(LateUsage.objects.filter(customer__any_of=list(customers), status=Status.WAITING))


def on_invoice(invoice: Invoice) -> list[LateUsage]:
    """Return what an invoice bills of earlier times."""
    return _with_times(invoice.late_usages.all())  # type: ignore[attr-defined]


def unpriced(customers: Iterable[int]) -> list[LateUsage]:
    """Return what of these customers has not been priced."""
    rows = LateUsage.objects.filter(customer__any_of=list(customers), is_priced=False, status__in=LateUsage.OPEN)
    return _with_times(rows)


def _with_times(rows: Any) -> list[LateUsage]:
    return list(rows.select_related("period__invoice", "period__subscription").order_by("pk"))


def billed_of(rows: Sequence[LateUsage]) -> dict[int, BilledTime]:
    """
    Return by the key of its period what was billed of each time before, or given up.

    The late usage itself does not count; no two of it are of one period. Two queries.
    """
    found = {row.period_id: BilledTime() for row in rows}
    times = {_place(row.period.invoice_id, row.period.subscription_id, row.period): row.period_id for row in rows}
    fees = Fee.objects.filter(
        invoice_id__in={row.period.invoice_id for row in rows},
        subscription_id__in={row.period.subscription_id for row in rows},
        fee_type=Fee.Type.CHARGE,
        pay_in_advance=False,
        late_usage=None,
    )
    for fee in fees.select_related("charge"):
        key = times.get((fee.invoice_id, fee.subscription_id, fee.from_at, fee.to_at))
        if key is not None and fee.charge is not None:
            found[key].plan_id = fee.charge.plan_id
            found[key].add(key_of(fee), Line(fee.units, fee.events_count or 0, fee.amount_cents))
    closed = LateUsage.objects.filter(period__in=found, status__in=CLOSED).exclude(pk__in=[row.pk for row in rows])
    for row in closed:
        for line in row.lines:
            found[row.period_id].add(stored_key(line), Line(
                Decimal(line["units"]), line["events_count"], line["amount_cents"]
            ))  # fmt: skip
    return found


def _place(invoice: int, subscription: int, period: BilledPeriod) -> tuple[object, ...]:
    return invoice, subscription, period.starts_at, period.ends_at


def key_of(fee: Fee) -> LineKey:
    """Return what tells a usage fee from the others of its time."""
    assert fee.charge is not None
    return _key(fee.charge.pk, fee.charge_filter_id, fee.grouped_by, is_usage=not _is_true_up(fee))


def stored_key(line: Mapping[str, Any]) -> LineKey:
    """Return the same of a line as late usage stores it."""
    return _key(line["charge"], line["filter"], line["groups"], is_usage=line["is_usage"])


def _key(charge: int, row: int | None, groups: Mapping[str, Any], *, is_usage: bool) -> LineKey:
    return charge, row, json.dumps(groups, sort_keys=True) if is_usage else TRUE_UP


def _is_true_up(fee: Fee) -> bool:
    """Tell what lifts a charge to its minimum, saved or not."""
    return fee.true_up_parent_id is not None or (Fee.true_up_parent.is_cached(fee) and fee.true_up_parent is not None)


@dataclass(slots=True)
class Cover:
    """What was billed to reach a commitment, and covers later usage of its time: as much as is left of it."""

    time: Period
    left_cents: int

    def take(self, cents: int) -> int:
        """Cover so much, as far as it goes, and return what that is."""
        taken = max(min(cents, self.left_cents), 0)
        self.left_cents -= taken
        return taken


def covers_of(rows: Sequence[LateUsage]) -> dict[int, list[Cover]]:
    """Return what covers late usage, by subscription; what other late usage has taken of it is gone. Two queries."""
    subscriptions = {row.period.subscription_id for row in rows}
    found: dict[int, list[Cover]] = {}
    fees = Fee.objects.filter(subscription_id__in=subscriptions, fee_type=Fee.Type.COMMITMENT)
    for fee in fees.filter(invoice__status__in=(Invoice.Status.FINALIZED, Invoice.Status.DRAFT)):
        assert fee.from_at is not None and fee.to_at is not None  # noqa: PT018 - both or none
        found.setdefault(fee.subscription_id or 0, []).append(Cover(Period(fee.from_at, fee.to_at), fee.amount_cents))
    if not found:
        return found
    others = LateUsage.objects.filter(period__subscription__in=found, status__in=CLOSED, committed_amount_cents__gt=0)
    for row in others.exclude(pk__in=[row.pk for row in rows]).select_related("period"):
        if cover := cover_of(row, found):
            cover.take(row.committed_amount_cents)
    return found


def cover_of(row: LateUsage, covers: Mapping[int, Sequence[Cover]]) -> Cover | None:
    """Return the commitment whose time holds that of the late usage, if it was not reached then."""
    found = covers.get(row.period.subscription_id, ())
    return next((cover for cover in found if cover.time.contains(row.period.starts_at)), None)
