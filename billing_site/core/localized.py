"""
Amounts, numbers and dates as a reader's language writes them.

Decimals of an amount are ISO 4217's (`core.money`); CLDR, which Babel follows, has the digits usually printed.
"""

import copy
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import NumberPattern, get_currency_symbol, parse_pattern

from billing_site.core import money
from billing_site.core.periods import MOMENT, local_date

DEFAULT = "en"
# A price per unit shows as many digits as say something: of an average without end, six.
SIGNIFICANT_DIGITS = 6
MAX_DECIMALS = 12


@lru_cache(maxsize=512)
def locale(name: str) -> Locale:
    """Return the locale of a tag such as "pt-BR"; English where Babel knows none."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale.parse(DEFAULT)


@money.exact
def amount(cents: int, currency: str, name: str) -> str:
    """Write an amount given in minor units."""
    digits = money.exponent(currency)
    return _money(money.to_amount(cents, currency), currency, name, digits)


@money.exact
def price(value: Decimal, currency: str, name: str) -> str:
    """Write a price given in major units, with the decimals that it needs."""
    decimals = min(MAX_DECIMALS, SIGNIFICANT_DIGITS - 1 - value.adjusted()) if value else 0
    digits = max(money.exponent(currency), min(decimals, _decimals(value)))
    return _money(value, currency, name, digits)


@money.exact
def number(value: Decimal, name: str) -> str:
    """Write a number with all its decimals and none that are zero."""
    return _apply("#,##0", value, name, _decimals(value))


@money.exact
def percent(rate: Decimal, name: str) -> str:
    """Write a rate given in percent."""
    pattern = locale(name).percent_formats[None].pattern
    return _apply(pattern, rate.scaleb(-2), name, _decimals(rate))


def day(value: date, name: str) -> str:
    """Write a date in words."""
    return format_date(value, "long", locale=locale(name))


def short_day(value: date, name: str) -> str:
    """Write a date for a table."""
    return format_date(value, "medium", locale=locale(name))


def day_and_month(value: date, name: str) -> str:
    """Write a date without its year."""
    return str(format_skeleton("MMMd", value, locale=locale(name)))


def days(start: datetime, end: datetime, zone: str, name: str) -> str:
    """Write the days of a half-open period, first and last, by the calendar of the zone."""
    first, last = local_date(start, zone), local_date(max(end - MOMENT, start), zone)
    if first == last:
        return format_date(first, "medium", locale=locale(name))
    return str(format_interval(first, last, "yMMMd", locale=locale(name)))


def _money(value: Decimal, currency: str, name: str, digits: int) -> str:
    pattern = locale(name).currency_formats["standard"].pattern
    if get_currency_symbol(currency, locale(name))[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\xa0#")  # a word and a number need room between them
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return str(_pattern(pattern, digits).apply(rounded, locale(name), currency=currency, currency_digits=False))


def _apply(pattern: str, value: Decimal, name: str, digits: int) -> str:
    return str(_pattern(pattern, digits).apply(value, locale(name)))


@lru_cache(maxsize=512)
def _pattern(pattern: str, digits: int) -> NumberPattern:
    found = copy.copy(parse_pattern(pattern))
    found.frac_prec = (digits, digits)
    return found


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
