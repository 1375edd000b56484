"""What a terminated subscription has paid for and not used, read from what was billed: the base of its credit note."""

from dataclasses import dataclass

from billing_site.core.periods import Period
from invoicing.calculations.unused import Unused, unused_amount, unused_days
from invoicing.models import BilledPeriod, Fee
from plans.models import Subscription


@dataclass(frozen=True, slots=True)
class UnusedFee:
    """A fee paid in advance and what of it is left; how it is given back is the subscription's own wish."""

    fee: Fee
    unused: Unused
    option: str  # credit, refund, offset


def unused_fee(subscription: Subscription) -> UnusedFee | None:
    """
    Return what is to be credited for a terminated subscription; None if nothing is, or is not wanted.

    A change of plan always credits, unless it was to leave the period as paid.
    """
    option = "credit" if subscription.is_replaced else subscription.on_termination_credit_note or "credit"
    ended_at = subscription.terminated_at
    if ended_at is None or option == "skip" or not subscription.is_prorated or not subscription.plan.pay_in_advance:
        return None
    billed = BilledPeriod.objects.filter(subscription=subscription, kind=BilledPeriod.Kind.PLAN_FEE)
    last = billed.filter(ends_at__gt=ended_at).select_related("invoice").order_by("-ends_at").first()
    fee = last and last.invoice.fees.filter(subscription=subscription, fee_type=Fee.Type.SUBSCRIPTION).first()
    if not last or not fee:
        return None
    paid = Period(last.starts_at, last.ends_at)
    days = unused_days(paid, ended_at, last.invoice.timezone, is_replaced=subscription.is_replaced)
    facts = fee.amount_details
    found = unused_amount(facts["plan_amount_cents"], facts["period_days"], fee.amount_cents, days)
    return UnusedFee(fee, found, option) if found.precise_cents > 0 else None
