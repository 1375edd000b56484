"""The fee that lifts a period to the plan's minimum commitment."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from billing_site.core import money
from billing_site.core.periods import Period, days_between
from invoicing.calculations.commitments import true_up_cents
from invoicing.models import Fee, Invoice
from plans.calculations.schedules import Part
from plans.models import Commitment, Subscription

COUNTED = (Fee.Type.SUBSCRIPTION, Fee.Type.CHARGE, Fee.Type.FIXED_CHARGE)


def build(
    subscription: Subscription,
    part: Part,
    fees: Iterable[Fee],
    invoice: Invoice,
    now: datetime,
) -> Fee | None:
    """
    Return the true-up for a time, or None if the fees reach the commitment.

    `fees` are those on this invoice and those billed before; the ones that begin within the time count.
    """
    commitment: Commitment = subscription.plan.minimum_commitment
    zone = invoice.timezone
    days = days_between(part.time.start, part.time.end, zone)
    period_days = days_between(part.whole.start, part.whole.end, zone)
    billed = sum(fee.amount_cents for fee in fees if _counts(fee, part.time))
    cents = true_up_cents(commitment.amount_cents, billed, days=days, period_days=period_days)
    if not cents:
        return None
    details = {"commitment_cents": commitment.amount_cents, "billed_cents": billed}
    days_counted = {"days": days, "period_days": period_days}
    fee = _fee(subscription, cents, part.time, invoice, now)
    fee.amount_details = details | days_counted
    return fee


def _fee(subscription: Subscription, cents: int, time: Period, invoice: Invoice, now: datetime) -> Fee:
    return Fee(
        lago_id=uuid.uuid4(),
        customer_id=subscription.customer_id,
        subscription=subscription,
        fee_type=Fee.Type.COMMITMENT,
        item_code=subscription.plan.code,
        item_name=subscription.plan.name,
        invoice_display_name=subscription.plan.minimum_commitment.display_name,
        currency=invoice.currency,
        units=Decimal(1),
        total_aggregated_units=Decimal(1),
        precise_unit_amount=money.to_amount(cents, invoice.currency),
        amount_cents=cents,
        precise_amount_cents=Decimal(cents),
        from_at=time.start,
        to_at=time.end,
        created_at=now,
        updated_at=now,
    )


def _counts(fee: Fee, time: Period) -> bool:
    return fee.fee_type in COUNTED and fee.from_at is not None and time.contains(fee.from_at)
