"""
Reading the properties of a charge from JSON: the only validation of prices, for the API and the staff pages alike.

Amounts are decimal strings of zero or more; a JSON number is refused, for it may have been through a float on its way.
The codes are Lago's (table 1.6 of its rules).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

INVALID_TYPE = "invalid_type"
TOO_MANY = "value_is_out_of_range"
MAX_PRESENTATION_KEYS = 2
MAX_DEPTH, MAX_VALUES, MAX_TEXT = 4, 100, 255

_DECIMAL = re.compile(r"(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?", re.ASCII)
_MAX_WHOLE_DIGITS, _MAX_DECIMALS = 15, 30


class InvalidProperties(ValueError):
    """Properties that cannot be taken; `errors` maps each property to its codes."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{name}: {', '.join(codes)}" for name, codes in self.errors.items()))

    @property
    def codes(self) -> list[str]:
        """Return all codes once, in order: what Lago's API answers under the one field `properties`."""
        return list(dict.fromkeys(code for codes in self.errors.values() for code in codes))


@dataclass(frozen=True, slots=True)
class PropertyReader:
    """Reads one JSON object and notes what is wrong with it instead of stopping at the first mistake."""

    raw: Mapping[str, object]
    errors: dict[str, list[str]] = field(default_factory=dict)

    def child(self, raw: Mapping[str, object]) -> "PropertyReader":
        """Return a reader of an object within this one; its mistakes count as mistakes of this one."""
        return PropertyReader(raw, self.errors)

    def refuse(self, name: str, code: str) -> None:
        """Note a mistake, once for each property and code."""
        codes = self.errors.setdefault(name, [])
        if code not in codes:
            codes.append(code)

    def amount(self, name: str, code: str) -> Decimal:
        """Return a decimal string of zero or more as a Decimal; zero stands in for one that is refused."""
        value = self.raw.get(name)
        amount = Decimal(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None
        if amount is None or not _is_storable(amount):
            self.refuse(name, code)
            return Decimal(0)
        return amount

    def optional_amount(self, name: str, code: str) -> Decimal | None:
        """Return the amount, or None if it is missing or null."""
        return None if self.raw.get(name) is None else self.amount(name, code)

    def count(self, name: str, code: str, *, minimum: int) -> int:
        """Return a JSON integer of at least `minimum`, which stands in for one that is refused."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value < 10**_MAX_WHOLE_DIGITS:
            self.refuse(name, code)
            return minimum
        return value

    def bound(self, name: str) -> Decimal | None:
        """Return a JSON number of zero or more, the bound of a range; None if it is anything else."""
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return None
        # The shortest text of a float is what the JSON said.
        bound = value if isinstance(value, Decimal) else Decimal(repr(value))
        return bound if bound.is_finite() and bound >= 0 and _is_storable(bound) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, none of them empty; missing and null are an empty list."""
        value = self.raw.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
            self.refuse(name, INVALID_TYPE)
            return ()
        return tuple(value)

    def values(self, name: str) -> Mapping[str, object]:
        """Return a JSON object of texts, numbers and further such objects; missing and null are an empty one."""
        value = self.raw.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not _are_plain(value):
            self.refuse(name, INVALID_TYPE)
            return {}
        return value

    def finish(self) -> None:
        """
        Stop if anything was wrong.

        :raises InvalidProperties: with all mistakes
        """
        if self.errors:
            raise InvalidProperties(self.errors)


@dataclass(frozen=True, slots=True)
class Grouping:
    """
    By which event properties usage is split: each price group is a fee of its own, presentation groups only show.

    Of the presentation keys, `displayed_keys` are those that invoices show too.
    """

    pricing_keys: tuple[str, ...] = ()
    presentation_keys: tuple[str, ...] = ()
    displayed_keys: tuple[str, ...] = ()


# The property by which an event names the wallet that is to pay for it, where the charge accepts that.
TARGET_WALLET = "target_wallet_code"
GROUPING_KEYS = ("pricing_group_keys", "grouped_by", "presentation_group_keys")


def read_grouping(reader: PropertyReader) -> Grouping:
    """Return the groups; `grouped_by` is the old name of `pricing_group_keys` and counts where that is missing."""
    name = "grouped_by" if reader.raw.get("pricing_group_keys") is None else "pricing_group_keys"
    keys = _presentation_keys(reader)
    return Grouping(reader.texts(name), tuple(keys), tuple(key for key, is_displayed in keys.items() if is_displayed))


def _presentation_keys(reader: PropertyReader) -> dict[str, bool]:
    """Return the presentation keys, each with whether invoices show it."""
    name = "presentation_group_keys"
    given = reader.raw.get(name)
    if not given:
        return {}
    if not isinstance(given, list) or not all(_is_presentation_key(key) for key in given):
        reader.refuse(name, INVALID_TYPE)
        return {}
    if len(given) > MAX_PRESENTATION_KEYS:
        reader.refuse(name, TOO_MANY)
    return {key["value"]: bool((key.get("options") or {}).get("display_in_invoice")) for key in given}


def _is_presentation_key(key: object) -> bool:
    """Test for the name of a property with options, of which there is one."""
    if not isinstance(key, dict) or not isinstance(key.get("value"), str):
        return False
    options = {} if key.get("options") is None else key["options"]
    return (
        bool(key["value"].strip())
        and _is_text(key["value"])
        and isinstance(options, dict)
        and isinstance(options.get("display_in_invoice"), bool | None)
    )


def _are_plain(value: object, depth: int = 0) -> bool:
    """Test for texts, truths and finite numbers, in objects within objects: no deeper, and not too many."""
    if isinstance(value, Mapping):
        is_small = depth < MAX_DEPTH and len(value) <= MAX_VALUES
        return is_small and all(_is_text(key) and _are_plain(item, depth + 1) for key, item in value.items())
    if isinstance(value, str | bool | None):
        return value is None or isinstance(value, bool) or _is_text(value)
    if not isinstance(value, int | float | Decimal):
        return False
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    return number.is_finite() and (not number or _is_storable(number))


def _is_text(value: str) -> bool:
    return len(value) <= MAX_TEXT and "\0" not in value


def _is_storable(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return value.adjusted() < _MAX_WHOLE_DIGITS and isinstance(exponent, int) and exponent >= -_MAX_DECIMALS
