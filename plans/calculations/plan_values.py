"""What a plan is worth in a year, which tells an upgrade from a downgrade."""

PERIODS_A_YEAR = {"weekly": 52, "monthly": 12, "quarterly": 4, "semiannual": 2, "yearly": 1}


def yearly_cents(amount_cents: int, interval: str) -> int:
    """Return a year's fee in minor units (Lago rule M90: a year has 52 weeks; currencies are not compared)."""
    return amount_cents * PERIODS_A_YEAR[interval]
