"""Usage fees: what a charge comes to in a period."""

import uuid
from datetime import datetime

from billing_site.core.periods import Period
from invoicing.models import Fee, Invoice
from plans.models import Subscription
from plans.selectors.rating import RatedUsage


def build(subscription: Subscription, item: RatedUsage, time: Period, invoice: Invoice, now: datetime) -> Fee:
    """Return the fee for rated usage of one charge, or of one group of it."""
    charge, metric = item.charge, item.charge.billable_metric
    return Fee(
        lago_id=uuid.uuid4(),
        customer_id=subscription.customer_id,
        subscription=subscription,
        charge=charge,
        fee_type=Fee.Type.CHARGE,
        item_code=metric.code,
        item_name=metric.name,
        invoice_display_name=charge.invoice_display_name or metric.name,
        grouped_by=item.usage.grouped_by,
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
        created_at=now,
        updated_at=now,
    )
