"""How values look on the wire: instants in UTC with Z, decimals as strings, money as integers of minor units."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import overload

import msgspec

from billing_site.core.money import CONTEXT


@overload
def instant(moment: datetime) -> str: ...
@overload
def instant(moment: datetime | None) -> str | None: ...
def instant(moment: datetime | None) -> str | None:
    """Return ISO 8601 in UTC to the second, as most of Lago's fields are."""
    return None if moment is None else f"{_text(moment)[:19]}Z"


@overload
def instant_ms(moment: datetime) -> str: ...
@overload
def instant_ms(moment: datetime | None) -> str | None: ...
def instant_ms(moment: datetime | None) -> str | None:
    """Return ISO 8601 in UTC to the millisecond (event timestamps, the start of subscriptions)."""
    if moment is None:
        return None
    text = _text(moment)
    return f"{text[:23]}Z" if moment.microsecond else f"{text[:19]}.000Z"


def _text(moment: datetime) -> str:
    return msgspec.to_builtins(moment.astimezone(UTC))  # type: ignore[no-any-return]  # a fifth of isoformat's time


@overload
def decimal_string(value: Decimal | int) -> str: ...
@overload
def decimal_string(value: Decimal | int | None) -> str | None: ...
def decimal_string(value: Decimal | int | None) -> str | None:
    """Return a decimal in plain notation without trailing zeros, but with one digit after the point: 1 → "1.0"."""
    if value is None:
        return None
    text = format(Decimal(value), "f")
    if "." not in text:
        return f"{text}.0"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def five_decimals(value: Decimal | int) -> str:
    """Return a decimal that is kept more precisely as Lago shows it, rounded half up to five decimals."""
    return decimal_string(Decimal(value).quantize(Decimal("0.00001"), ROUND_HALF_UP, CONTEXT))
