"""Amounts with their currency, dates in words, in the zone they belong to."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency

from billing_site.core import money
from billing_site.core.periods import local_date


def shown_money(cents: int, currency: str) -> str:
    """Return an amount in minor units as people read it, with its currency."""
    amount = money.to_amount(cents, currency)
    digits = f"¤¤\xa0#,##0{'.' if money.exponent(currency) else ''}{'0' * money.exponent(currency)}"
    return format_currency(amount, currency, format=digits, currency_digits=False, locale="en")


def shown_day(day: date | None) -> str:
    """Return a date in words."""
    return format_date(day, "d MMMM yyyy", locale="en") if day else "–"


def shown_local_day(moment: datetime | None, zone: str = "UTC") -> str:
    """Return the day of a moment in words, by the calendar of the zone."""
    return shown_day(local_date(moment, zone)) if moment else "–"


def shown_moment(moment: datetime | None, zone: str = "UTC") -> str:
    """Return a moment in words, in the zone it belongs to, named by its city."""
    if moment is None:
        return "–"
    said = format_datetime(moment, "d MMMM yyyy, HH:mm", tzinfo=ZoneInfo(zone), locale="en")
    return f"{said} {zone.rpartition('/')[2].replace('_', ' ')}"


def shown_number(number: Decimal) -> str:
    """Return a number as people read it, without needless zeros."""
    return f"{number.normalize():,f}" if number else "0"
