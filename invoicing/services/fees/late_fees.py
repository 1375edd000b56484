"""
Fees for usage that came in after the invoice of its time was final.

The time is rated again, by the walk of any other usage and at the prices of then; what it costs with the minimum of its
charges, less what was billed of it, is due. So what is billed late and before comes to what is billed on time.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing_site.core.money import plain, to_amount
from invoicing.calculations.late_usage import LateLine, cents_to_bill
from invoicing.models import InvoiceSubscription, LateUsage
from invoicing.selectors import due as due_selectors
from invoicing.selectors import late_usage as selectors
from invoicing.selectors.due import Due
from invoicing.selectors.late_usage import BilledTime, Cover, Line
from invoicing.services.fees import usage_lines
from invoicing.services.fees.drafts import FeeDraft
from plans.calculations.schedules import Kind
from plans.selectors.former_prices import PlanThen, charges_then


@dataclass(slots=True)
class LateBill:
    """What late usage comes to: its lines as they are stored, and the fees of what is to be billed of them."""

    late: LateUsage
    due: Due
    lines: list[dict[str, Any]] = field(default_factory=list)
    fees: list[FeeDraft] = field(default_factory=list)
    committed_cents: int = 0

    @property
    def cents(self) -> int:
        """Return how much dearer the time has become, in minor units; less than nothing if it is cheaper."""
        return sum(line["amount_cents"] for line in self.lines)

    def write(self) -> None:
        """Put the figures onto the late usage, which is not saved."""
        late = self.late
        late.lines, late.amount_cents, late.is_priced = self.lines, self.cents, True
        late.committed_amount_cents = self.committed_cents


def bills_of(rows: Sequence[LateUsage], *, now: datetime) -> list[LateBill]:
    """Return what late usage comes to now; the number of queries does not depend on how much there is."""
    if not rows:
        return []
    dues = _dues(rows)
    billed, covers = selectors.billed_of(rows), selectors.covers_of(rows)
    plans = [_plan_then(row, billed[row.period_id]) for row in rows]
    charges = charges_then(plans)
    rated = usage_lines.rate_times([(due, charges[plan]) for due, plan in zip(dues, plans, strict=True)])
    bills = []
    for row, due, usage in zip(rows, dues, rated, strict=True):
        fees = usage_lines.on_invoice(due, {(due.subscription.pk, Kind.USAGE): usage}, now)
        cover = selectors.cover_of(row, covers)
        bills.append(_bill(LateBill(row, due), fees, billed[row.period_id], cover))
    return bills


def _dues(rows: Sequence[LateUsage]) -> list[Due]:
    """Return what was due of the times then."""
    periods = [row.period for row in rows]
    invoices, subscriptions = ({getattr(item, name) for item in periods} for name in ("invoice_id", "subscription_id"))
    bounds = InvoiceSubscription.objects.filter(invoice__in=invoices, subscription__in=subscriptions)
    by_place = {(row.invoice_id, row.subscription_id): row for row in bounds}
    known = {item.subscription_id: item.subscription for item in periods}
    due_selectors.attach(list(known.values()))
    dues = []
    for period in periods:
        row = by_place[period.invoice_id, period.subscription_id]
        row.subscription = known[period.subscription_id]
        dues.append(due_selectors.due_again(row, [period], period.invoice.timezone))
    return dues


def _plan_then(row: LateUsage, billed: BilledTime) -> PlanThen:
    """Return the plan that the time was billed by: a subscription may have been given one of its own since."""
    invoice, plan = row.period.invoice, row.period.subscription.plan
    moment = invoice.finalized_at or invoice.updated_at
    known = billed.plan_id or (plan.parent_id if plan.created_at > moment and plan.parent_id else plan.pk)
    return known, moment


def _bill(bill: LateBill, fees: Sequence[FeeDraft], billed: BilledTime, cover: Cover | None) -> LateBill:
    """Fill in the difference between what a time costs by these fees and what was billed of it."""
    drafts = {selectors.key_of(item.fee): item for item in fees}
    keys = [key for key in {**drafts, **billed.lines} if _differs(drafts.get(key), billed.lines.get(key))]
    lines = [_line(drafts.get(key), billed.lines.get(key, Line())) for key in keys]
    bill.lines = [_stored(key, line) for key, line in zip(keys, lines, strict=True)]
    bill.committed_cents = cover.take(bill.cents) if cover else 0
    late = [LateLine(key[0], line.cents, key[2] != selectors.TRUE_UP) for key, line in zip(keys, lines, strict=True)]
    cents = cents_to_bill(late, committed_cents=bill.committed_cents) if bill.cents > 0 else [0] * len(late)
    for key, line, amount in zip(keys, lines, cents, strict=True):
        if amount:
            bill.fees.append(_fee(bill.late, drafts[key], line, billed.lines.get(key, Line()), amount))
    return bill


def _differs(draft: FeeDraft | None, before: Line | None) -> bool:
    line = _line(draft, before or Line())
    return bool(line.units or line.cents)


def _line(draft: FeeDraft | None, before: Line) -> Line:
    """Return what a line has more than was billed of it."""
    if draft is None:
        return Line(-before.units, -before.events_count, -before.cents)
    fee = draft.fee
    events = fee.events_count or 0
    return Line(fee.units - before.units, events - before.events_count, fee.amount_cents - before.cents)


def _stored(key: selectors.LineKey, line: Line) -> dict[str, Any]:
    charge, row, groups = key
    is_usage = groups != selectors.TRUE_UP
    return {
        "charge": charge, "filter": row, "groups": json.loads(str(groups)) if is_usage else {}, "is_usage": is_usage,
        "units": plain(line.units), "events_count": line.events_count, "amount_cents": line.cents,
    }  # fmt: skip


def _fee(late: LateUsage, draft: FeeDraft, line: Line, before: Line, cents: int) -> FeeDraft:
    """Turn the fee of all usage of a line into that of what is due; it keeps what it was computed from."""
    fee = draft.fee
    fee.amount_details = {
        "late_usage": {
            "units": plain(fee.units), "amount_cents": fee.amount_cents, "details": fee.amount_details,
            "billed_units": plain(before.units), "billed_amount_cents": before.cents,
        }
    }  # fmt: skip
    fee.late_usage, fee.amount_cents, fee.precise_amount_cents = late, cents, Decimal(cents)
    fee.units = fee.total_aggregated_units = max(line.units, Decimal(0))
    fee.events_count = max(line.events_count, 0)
    amount = to_amount(cents, fee.currency)
    fee.precise_unit_amount = amount / fee.units if fee.units else amount
    fee.pricing_unit_details, fee.presentation_breakdowns = None, []
    return draft
