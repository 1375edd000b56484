"""Usage fees: what a charge comes to in a period."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing_site.core import bulk
from billing_site.core.money import exponent, plain
from billing_site.core.periods import Period, local_date, local_midnight
from invoicing.models import Fee
from plans.calculations.pricing_units import DECIMALS
from plans.models import Subscription
from plans.selectors.events_in_advance import RatedEvent
from plans.selectors.rating import RatedUsage, grouping_of
from plans.selectors.schedules import timezone_of


def build(subscription: Subscription, item: RatedUsage, time: Period, now: datetime) -> Fee:
    """Return the fee for rated usage of one charge, or of one filter or group of it; full units where days weigh."""
    charge, metric, row = item.charge, item.charge.billable_metric, item.charge_filter
    return bulk.new(
        Fee,
        customer_id=subscription.customer_id,
        subscription=subscription,
        charge=charge,
        charge_filter=row,
        fee_type=Fee.Type.CHARGE,
        item_code=metric.code,
        item_name=metric.name,
        invoice_display_name=charge.invoice_display_name or metric.name,
        grouped_by=item.usage.grouped_by,
        filter_values=row.values if row else {},
        filter_display_name=row.display_name[:1000] if row else "",
        currency=subscription.plan.amount_currency,
        units=item.usage.counted_units,
        total_aggregated_units=item.usage.total_units,
        events_count=item.usage.events_count,
        precise_unit_amount=item.price.unit_amount,
        amount_cents=item.amount_cents,
        precise_amount_cents=item.precise_amount_cents,
        from_at=time.start,
        to_at=time.end,
        amount_details=item.price.amount_details,
        pricing_unit_details=_pricing_unit_details(item),
        presentation_breakdowns=_breakdowns(item),
        created_at=now,
        updated_at=now,
    )


def build_for_event(item: RatedEvent, now: datetime) -> Fee:
    """
    Return the fee of an event that is paid for at once, whether an invoice bears it or not.

    What is paid in advance is paid by days: the fee's time begins with the day on which the subscription began.
    """
    charged = item.charged
    fee = build(charged.subscription, item.rated, charged.period, now)
    fee.pay_in_advance, fee.invoiceable = True, charged.charge.invoiceable
    fee.event_transaction_id = charged.event.transaction_id
    zone = timezone_of(charged.subscription)
    fee.from_at = local_midnight(local_date(charged.period.start, zone), zone)
    return fee


def build_true_up(parent: Fee, missing_cents: int, now: datetime) -> Fee:
    """Return the line that lifts a charge to its minimum; it hangs on the line of what no filter takes (rule M74)."""
    missing = Decimal(missing_cents)
    return Fee(
        lago_id=uuid.uuid4(),
        customer_id=parent.customer_id,
        subscription=parent.subscription,
        charge=parent.charge,
        true_up_parent=parent,
        fee_type=Fee.Type.CHARGE,
        item_code=parent.item_code,
        item_name=parent.item_name,
        invoice_display_name=parent.invoice_display_name,
        currency=parent.currency,
        units=Decimal(1),
        total_aggregated_units=Decimal(1),
        events_count=0,
        precise_unit_amount=missing.scaleb(-exponent(parent.currency)),
        amount_cents=missing_cents,
        precise_amount_cents=missing,
        from_at=parent.from_at,
        to_at=parent.to_at,
        created_at=now,
        updated_at=now,
    )


def is_worth_a_line(item: RatedUsage) -> bool:
    """Test if rated usage becomes a fee (table 1.6): it has units, events or an amount."""
    return bool(item.usage.units or item.amount_cents or item.usage.events_count)


def _breakdowns(item: RatedUsage) -> list[dict[str, Any]]:
    """Return the parts of usage, each with the properties that invoices show and the others that split it."""
    displayed = grouping_of(item.charge).displayed_keys if item.parts else ()
    return [
        {
            "displayed_by": {key: value for key, value in part.grouped_by.items() if key in displayed},
            "others": {key: value for key, value in part.grouped_by.items() if key not in displayed},
            "units": plain(part.counted_units),
        }
        for part in item.parts
    ]


def _pricing_unit_details(item: RatedUsage) -> dict[str, Any] | None:
    price = item.in_pricing_unit
    if price is None or (unit := item.charge.pricing_unit) is None or item.charge.conversion_rate is None:
        return None
    return {
        "lago_pricing_unit_id": str(unit.lago_id),
        "pricing_unit_code": unit.code,
        "short_name": unit.short_name,
        "amount_cents": price.amount_cents,
        "precise_amount_cents": plain(price.precise_amount_cents),
        "unit_amount_cents": int(price.unit_amount.scaleb(DECIMALS)),
        "precise_unit_amount": plain(price.unit_amount),
        "conversion_rate": plain(item.charge.conversion_rate),
    }
