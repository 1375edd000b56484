"""What has been paid in advance for fixed charges."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from billing_site.core.periods import Period
from invoicing.models import Fee, Invoice
from plans.models import FixedCharge, Subscription

Paid = dict[tuple[int, int], list[Fee]]  # by subscription and add-on


def paid_before_change(changed: Iterable[tuple[Subscription, Period]]) -> Paid:
    """
    Return what the subscriptions before these have paid by the day for a time that now belongs to these.

    The times are the new subscriptions' first; one query.
    """
    times = {
        subscription.previous_subscription_id: (subscription, time)
        for subscription, time in changed
        if subscription.previous_subscription_id is not None
    }
    found: Paid = {}
    if not times:
        return found
    for fee in _advance_fees().filter(subscription_id__in=times, fixed_charge__prorated=True):
        assert fee.subscription_id
        subscription, time = times[fee.subscription_id]
        assert fee.fixed_charge
        assert fee.from_at
        assert fee.to_at
        if fee.from_at <= time.start and time.end <= fee.to_at:
            found.setdefault((subscription.pk, fee.fixed_charge.add_on_id), []).append(fee)
    return found


def paid_units(
    subscriptions: Iterable[Subscription], fixed_charges: Iterable[FixedCharge], at: datetime
) -> dict[tuple[int, int], list[Fee]]:
    """
    Return the fees paid in advance for a time that a moment lies in, by subscription and fixed charge; one query.

    What was paid for the fixed charge that one was made from counts for it too.
    """
    by_origin: dict[int, set[int]] = {}
    for item in fixed_charges:
        for origin in {item.pk, item.parent_id or item.pk}:
            by_origin.setdefault(origin, set()).add(item.pk)
    rows = _advance_fees().filter(
        subscription_id__in=[item.pk for item in subscriptions], fixed_charge_id__in=by_origin, to_at__gt=at
    )
    found: dict[tuple[int, int], list[Fee]] = {}
    for fee in rows.filter(from_at__lte=at):
        for fixed_charge in by_origin[fee.fixed_charge_id or 0]:
            found.setdefault((fee.subscription_id or 0, fixed_charge), []).append(fee)
    return found


def _advance_fees() -> "QuerySet[Fee]":
    rows = Fee.objects.filter(fee_type=Fee.Type.FIXED_CHARGE, pay_in_advance=True)
    return rows.exclude(invoice__status=Invoice.Status.VOIDED).select_related("fixed_charge").order_by("pk")
