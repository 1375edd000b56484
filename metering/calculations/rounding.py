"""Rounding of units before they are priced."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from billing_site.core.money import exact

ROUNDING_MODES = {"round": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}


@exact
def rounded_units(units: Decimal, function: str | None, precision: int | None = 0) -> Decimal:
    """
    Return units rounded as their metric says, before any price (Lago rule M8).

    `function` is round (half away from zero), ceil or floor; without one the units stay as they are. `precision` is
    the number of decimals kept; -2 rounds to hundreds, and no precision is 0.

    :raises ValueError: if there is no such function
    """
    if not function:
        return units
    if function not in ROUNDING_MODES:
        raise ValueError(f"{function!r} is no way of rounding.")
    decimals = precision or 0
    whole = units.scaleb(decimals).to_integral_value(rounding=ROUNDING_MODES[function])
    return whole.scaleb(-decimals) + 0  # adding zero leaves no "-0"
