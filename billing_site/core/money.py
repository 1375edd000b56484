"""
Money: minor units per currency, the one rounding, and sums that are split without losing a cent.

Amounts in minor units are `int` and called `*_cents` whatever the currency; amounts in major units are `Decimal` and
stay unrounded until `to_cents`. Nothing here is a float.
"""

from collections.abc import Callable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, getcontext, setcontext
from functools import wraps
from itertools import accumulate, pairwise
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Sixty digits hold 10^30 units at a price with 15 decimals and leave room: the usual 28 would round before the cent.
CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)

# ISO 4217, table A.1 (active codes and funds). The exponent is the standard's, not the number of digits usually
# printed: the Serbian dinar has 2 though nobody prints them. Codes without a minor unit (gold, drawing rights) are not
# money here. ANG, BGN, CUC, HRK, MRO, SLL, STD and ZWL were replaced in recent years; older books still have them.
_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
        CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK
        HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR
        MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD
        SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD
        XCD XCG YER ZAR ZMW ZWG ZWL
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
CURRENCIES = frozenset(EXPONENTS)


def exact(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function compute its decimals with the sixty digits of `CONTEXT`, whatever the caller's context is."""

    @wraps(function)
    def computed(*args: P.args, **kwargs: P.kwargs) -> R:
        outer = getcontext()
        if outer is CONTEXT:  # called by another such function
            return function(*args, **kwargs)
        setcontext(CONTEXT)  # itself and not a copy, which would cost more than most sums
        try:
            return function(*args, **kwargs)
        finally:
            setcontext(outer)

    return computed


def exponent(currency: str) -> int:
    """
    Return the number of decimals between the major and the minor unit of a currency (ISO 4217).

    :raises ValueError: if the code is none of `CURRENCIES`
    """
    if currency not in EXPONENTS:
        raise ValueError(f"{currency!r} is no currency of ISO 4217.")
    return EXPONENTS[currency]


def round_half_up(amount: Decimal) -> int:
    """Round to a whole number, a half going away from zero (Lago rule M5). Any size of number will do."""
    return int(amount.to_integral_value(ROUND_HALF_UP))


def to_cents(amount: Decimal, currency: str) -> int:
    """Turn major units into whole minor units, rounded once, half away from zero (Lago rule M2)."""
    return round_half_up(amount.scaleb(exponent(currency), CONTEXT))


def to_amount(cents: int, currency: str) -> Decimal:
    """Turn minor units into major units: 1250 cents of EUR are 12.50. Exact."""
    return Decimal(cents).scaleb(-exponent(currency), CONTEXT)


def plain(value: Decimal) -> str:
    """Write a decimal as Lago does in JSON: no exponent, no needless zeros, at least one decimal ("12.0", "0.05")."""
    digits = f"{value:f}"
    whole, _, fraction = digits.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


@exact
def allocate(total_cents: int, weights: Sequence[int | Decimal]) -> list[int]:
    """
    Split a total over weights so that the parts add up to it exactly.

    Amounts are minor units. A weight of zero gets nothing.

    :raises ValueError: if a weight is negative or all are zero
    """
    whole = sum((Decimal(weight) for weight in weights), Decimal(0))
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("A total is split over weights of zero or more, of which one is not zero.")
    marks = [0, *(round_half_up(total_cents * mark / whole) for mark in accumulate(map(Decimal, weights)))]
    return [upper - lower for lower, upper in pairwise(marks)]


@exact
def largest_remainder(total_cents: int, exact_parts: Sequence[Decimal]) -> list[int]:
    """
    Round parts to whole minor units so that they add up to a total which was rounded on its own.

    Each part is rounded down, and the units still missing go one by one to the parts that lost most (Hare's method).
    The total is meant to be the rounded sum of the parts; then no part is more than one unit off its exact value.

    :raises ValueError: if there are no parts for a total that is not zero
    """
    if not exact_parts:
        if total_cents:
            raise ValueError("There are no parts to share the total.")
        return []
    rounded = [int(part.to_integral_value(rounding=ROUND_FLOOR)) for part in exact_parts]
    by_loss = sorted(range(len(rounded)), key=lambda index: rounded[index] - exact_parts[index])
    everyone, some = divmod(total_cents - sum(rounded), len(rounded))
    for place, index in enumerate(by_loss):
        rounded[index] += everyone + (place < some)
    return rounded
