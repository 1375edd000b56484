"""What is missing to a minimum commitment (Lago rules M75 and M76)."""

from plans.calculations.proration import prorated_cents


def true_up_cents(committed_cents: int, billed_cents: int, *, days: int, period_days: int) -> int:
    """
    Return what lifts the fees of some days of a period to those days' share of the commitment, in minor units.

    `billed_cents` are the period's fees before discounts and taxes.

    :raises ValueError: if the days are negative or the period has none
    """
    return max(prorated_cents(committed_cents, min(days, period_days), period_days).cents - billed_cents, 0)
