"""Usage fees: what a charge comes to in a period."""

import uuid
from datetime import datetime
from typing import Any

from billing_site.core.money import plain
from billing_site.core.periods import Period
from invoicing.models import Fee, Invoice
from plans.calculations.pricing_units import DECIMALS
from plans.models import Subscription
from plans.selectors.rating import RatedUsage


def build(subscription: Subscription, item: RatedUsage, time: Period, invoice: Invoice, now: datetime) -> Fee:
    """Return the fee for rated usage of one charge, or of one filter or group of it."""
    charge, metric, row = item.charge, item.charge.billable_metric, item.charge_filter
    return Fee(
        lago_id=uuid.uuid4(),
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
        currency=invoice.currency,
        units=item.usage.units,
        total_aggregated_units=item.usage.units,
        events_count=item.usage.events_count,
        precise_unit_amount=item.price.unit_amount,
        amount_cents=item.amount_cents,
        precise_amount_cents=item.precise_amount_cents,
        from_at=time.start,
        to_at=time.end,
        amount_details=item.price.amount_details,
        pricing_unit_details=_pricing_unit_details(item),
        created_at=now,
        updated_at=now,
    )


def is_worth_a_line(item: RatedUsage) -> bool:
    """Test if rated usage becomes a fee (table 1.6): it has units, events or an amount."""
    return bool(item.usage.units or item.amount_cents or item.usage.events_count)


def _pricing_unit_details(item: RatedUsage) -> dict[str, Any] | None:
    price, unit = item.in_pricing_unit, item.charge.pricing_unit
    if price is None or unit is None or item.charge.conversion_rate is None:
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
