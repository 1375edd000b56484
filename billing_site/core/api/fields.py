"""Fields that read strictly and write as Lago does."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from rest_framework import serializers

from billing_site.core import money, periods
from billing_site.core.api import formats

# Digits of ASCII alone: what other scripts write is no number here.
DIGITS = r"^[-+]?(\d+\.?\d*|\.\d+)$"
_DIGITS = re.compile(DIGITS, re.ASCII)
MAX_CENTS = 10**15  # far above any invoice, far below 2**63


class CentsField(serializers.IntegerField):
    """An amount in minor units. Text, fractions and true/false are not amounts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": MAX_CENTS, **kwargs})

    def to_internal_value(self, data: Any) -> int:
        """Return the integer, from an integer or its decimal digits."""
        if isinstance(data, bool) or not re.fullmatch(r"-?\d{1,20}(\.0+)?", str(data), re.ASCII):
            self.fail("invalid")
        return int(Decimal(str(data)))


class BoundedIntegerField(CentsField):
    """An integer that fits its column."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_value": 2**31 - 1, **kwargs})


class DecimalStringField(serializers.Field):
    """A decimal, sent as a string ("1.5"); read from a string or a number, within 15 digits before and after."""

    default_error_messages = {"invalid": "not a decimal", "min_value": "too small", "max_value": "too large"}

    def __init__(
        self, *, min_value: Decimal | int | None = None, max_value: Decimal | int | None = None, **kwargs: Any
    ) -> None:
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the Decimal; NaN, infinities, exponents and true/false are refused."""
        if isinstance(data, bool) or not isinstance(data, str | int | Decimal):
            self.fail("invalid")
        if isinstance(data, str) and not _DIGITS.fullmatch(data):
            self.fail("invalid")
        value = Decimal(data)
        if not value.is_finite() or (value and not -16 < value.adjusted() < 15) or len(str(data)) > 40:
            self.fail("invalid")
        if self.min_value is not None and value < self.min_value:
            self.fail("min_value")
        if self.max_value is not None and value > self.max_value:
            self.fail("max_value")
        return value

    def to_representation(self, value: Any) -> Any:
        """Return plain notation as a string."""
        return formats.decimal_string(value)


class DecimalNumberField(DecimalStringField):
    """A decimal that Lago sends as a JSON number; written with its own digits, never through a float."""

    def to_representation(self, value: Any) -> Any:
        """Return a Decimal in plain notation, which the renderer writes as a number."""
        return Decimal(formats.decimal_string(value) or "0")


class InstantField(serializers.Field):
    """An instant: ISO 8601 in, to the second and in UTC out. Without a zone it is UTC; a date is its midnight."""

    default_error_messages = {"invalid_date": "invalid_date"}
    written = staticmethod(formats.instant)

    def to_internal_value(self, data: Any) -> datetime:
        """Return an aware datetime between the years 1970 and 9998."""
        try:
            day = parse_date(data) if isinstance(data, str) else None
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else parse_datetime(data)
        except (TypeError, ValueError):
            moment = None
        if moment is None or not 1970 < moment.year < 9999:
            self.fail("invalid_date")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def to_representation(self, value: datetime) -> Any:
        """Return it in UTC with Z."""
        return self.written(value)


class InstantMsField(InstantField):
    """An instant written to the millisecond."""

    written = staticmethod(formats.instant_ms)


class CodeField(serializers.CharField):
    """What integrators call a thing: short text, without control characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 255, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the trimmed text; only text is text, so that true does not become "True"."""
        if isinstance(data, bool | Decimal) or not isinstance(data, str | int):
            self.fail("invalid")
        text: str = super().to_internal_value(str(data))
        if any(ord(character) < 32 for character in text):
            self.fail("invalid")
        return text


class TextField(serializers.CharField):
    """Free text; null and empty are the same nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 255, "required": False, "allow_blank": True, "allow_null": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the trimmed text; only text is text."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class CurrencyField(serializers.ChoiceField):
    """An ISO 4217 code in capitals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=sorted(money.CURRENCIES), **kwargs)


class TimezoneField(serializers.CharField):
    """A name of the IANA time zone database."""

    default_error_messages = {"invalid_timezone": "invalid_timezone"}

    def to_internal_value(self, data: Any) -> str:
        """Return the name if there is such a zone."""
        if not isinstance(data, str) or data not in periods.zone_names():
            self.fail("invalid_timezone")
        return data


class ObjectsField(serializers.ListSerializer):
    """
    A list of objects, which may be null or absent as a whole; none of its items may be null.

    (DRF's `many=True` with `allow_null` would let null items through.)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, **kwargs})
