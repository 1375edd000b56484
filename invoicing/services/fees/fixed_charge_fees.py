"""Fees of fixed charges: what a plan's add-ons come to in a period, or what more of them do within it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from billing_site.core import money
from billing_site.core.periods import Period
from invoicing.models import Fee, Invoice
from plans.models import FixedCharge, Subscription
from plans.selectors.fixed_rating import RatedFixedCharge, price_units


@dataclass(frozen=True, slots=True)
class UnitRise:
    """Units changed at once: the time they are paid for, the days left of it and the days of the full period."""

    fixed_charge: FixedCharge
    units: Decimal
    time: Period
    days: int
    period_days: int


def build(
    subscription: Subscription, item: RatedFixedCharge, paid: Iterable[Fee], invoice: Invoice, now: datetime
) -> Fee:
    """
    Return the fee of a fixed charge for a time.

    `paid` are the fees by which the subscription before this one has paid for the same add-on in advance: their part of
    this time comes off (table 1.8), never more than there is.
    """
    fee = blank(subscription, item.fixed_charge, item.part.time, invoice, now)
    deducted = sum(_share_cents(earlier, item.days) for earlier in paid)
    fee.units = fee.total_aggregated_units = item.units
    fee.precise_unit_amount = item.price.unit_amount
    fee.amount_cents = max(item.amount_cents - deducted, 0)
    fee.precise_amount_cents = max(item.precise_amount_cents - deducted, Decimal(0))
    fee.amount_details = {**item.price.amount_details, **_days(item)}
    if deducted:
        fee.amount_details["already_paid_cents"] = deducted
    return fee


def build_rise(
    subscription: Subscription, change: UnitRise, paid: Sequence[Fee], invoice: Invoice, now: datetime
) -> Fee:
    """
    Return the fee for units changed within a period that is paid in advance (rule M71).

    `paid` are the period's fees so far: what the units cost beyond the highest number paid is due, by the days left if
    the charge is prorated. Fewer units give a fee of nothing.
    """
    fixed_charge, currency = change.fixed_charge, invoice.currency
    fee = blank(subscription, fixed_charge, change.time, invoice, now)
    before = sum((Decimal(earlier.units) for earlier in paid), Decimal(0))
    if change.units <= before:
        return fee
    with localcontext(money.CONTEXT):
        amount = price_units(fixed_charge, change.units, currency=currency).amount
        if paid:
            amount -= price_units(fixed_charge, before, currency=currency).amount
        if fixed_charge.prorated:
            amount = amount * change.days / change.period_days
            fee.amount_details = {"days": change.days, "period_days": change.period_days}
        fee.units = fee.total_aggregated_units = change.units - before
        fee.precise_unit_amount = amount / fee.units
        fee.precise_amount_cents = amount * 10 ** money.exponent(currency)
    fee.amount_cents = money.to_cents(amount, currency)
    return fee


def blank(subscription: Subscription, fixed_charge: FixedCharge, time: Period, invoice: Invoice, now: datetime) -> Fee:
    """Return a fee of nothing for a fixed charge, unsaved."""
    add_on = fixed_charge.add_on
    return Fee(
        lago_id=uuid.uuid4(),
        customer_id=subscription.customer_id,
        subscription=subscription,
        fixed_charge=fixed_charge,
        fee_type=Fee.Type.FIXED_CHARGE,
        item_code=add_on.code,
        item_name=add_on.name,
        invoice_display_name=fixed_charge.display_name,
        currency=invoice.currency,
        units=Decimal(0),
        total_aggregated_units=Decimal(0),
        precise_unit_amount=Decimal(0),
        amount_cents=0,
        precise_amount_cents=Decimal(0),
        pay_in_advance=fixed_charge.pay_in_advance,
        from_at=time.start,
        to_at=time.end,
        amount_details={},
        created_at=now,
        updated_at=now,
    )


def _days(item: RatedFixedCharge) -> dict[str, int]:
    return {"days": item.days, "period_days": item.period_days} if item.fixed_charge.prorated else {}


def _share_cents(fee: Fee, days: int) -> int:
    """Return what a fee that was paid by the day comes to for some of its days, rounded once."""
    with_days = int(fee.amount_details.get("days") or 0)
    if not with_days:
        return 0
    return money.round_half_up(Decimal(fee.amount_cents) * min(days, with_days) / with_days)
