"""The plan's own fee: the price of the paid days of a period."""

from datetime import datetime
from decimal import Decimal

from billing_site.core import bulk, money
from billing_site.core.periods import days_between
from invoicing.models import Fee, Invoice
from plans.calculations.proration import prorated_cents
from plans.calculations.schedules import Part, Schedule, shown_fee_time
from plans.models import Subscription


def build(subscription: Subscription, schedule: Schedule, part: Part, invoice: Invoice, now: datetime) -> Fee:
    """Return the plan's fee for the paid days of a full period (rules M29 to M35)."""
    plan, zone = subscription.plan, invoice.timezone
    paid, full, shown = part.time, part.whole, shown_fee_time(schedule, part)
    days, period_days = days_between(paid.start, paid.end, zone), days_between(full.start, full.end, zone)
    cents, precise = prorated_cents(plan.amount_cents, min(days, period_days), period_days)
    return bulk.new(
        Fee,
        customer_id=subscription.customer_id,
        subscription=subscription,
        fee_type=Fee.Type.SUBSCRIPTION,
        item_code=plan.code,
        item_name=plan.name,
        invoice_display_name=plan.display_name,
        currency=invoice.currency,
        units=Decimal(1),
        total_aggregated_units=Decimal(1),
        precise_unit_amount=precise / 10 ** money.exponent(invoice.currency),
        amount_cents=cents,
        precise_amount_cents=precise,
        pay_in_advance=plan.pay_in_advance,
        from_at=shown.start,
        to_at=shown.end,
        amount_details={"plan_amount_cents": plan.amount_cents, "days": days, "period_days": period_days},
        created_at=now,
        updated_at=now,
    )
