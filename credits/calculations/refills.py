"""When a rule fills a wallet again: on the days of its rhythm, counted from its first (Lago table 1.14)."""

from collections.abc import Iterator
from datetime import date, timedelta

from billing_site.core.periods import add_months

MONTHS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "yearly": 12}


def days(interval: str, first: date, *, after: date | None, until: date) -> Iterator[date]:
    """Yield the days of a rhythm that begins on `first`, those after one day and up to another."""
    number = 0
    day = first
    while day <= until:
        if after is None or day > after:
            yield day
        number += 1
        day = _day(interval, first, number)


def _day(interval: str, first: date, number: int) -> date:
    if interval == "weekly":
        return first + timedelta(weeks=number)
    return add_months(first, MONTHS[interval] * number, anchor_day=first.day)
