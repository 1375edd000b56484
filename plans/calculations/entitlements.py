"""Values of privileges: which are good, and which of them a subscription has."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

Value = int | bool | str | None
_BOOLEANS = {"true": True, "false": False}
_MAX_INTEGER, _MAX_TEXT = 10**15, 255


class InvalidValue(ValueError):
    """A value that a privilege cannot have; `code` is Lago's."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read_value(value_type: str, raw: object, options: Sequence[str] = ()) -> Value:
    """
    Return the value in the privilege's type; numbers, true and false may also come as text.

    :raises InvalidValue: if it is none
    """
    if raw is None:
        return None
    if value_type == "select":
        if not isinstance(raw, str) or raw not in options:
            raise InvalidValue("value_not_in_select_options")
        return raw
    value = _READERS[value_type](raw)
    if value is None:
        raise InvalidValue("value_is_invalid")
    return value


def _integer(raw: object) -> int | None:
    if isinstance(raw, str) and raw.removeprefix("-").isascii() and raw.removeprefix("-").isdigit() and len(raw) < 17:
        return int(raw) if str(int(raw)) == raw else None
    is_number = isinstance(raw, int) and not isinstance(raw, bool)
    return raw if is_number and isinstance(raw, int) and abs(raw) < _MAX_INTEGER else None


def _boolean(raw: object) -> bool | None:
    return raw if isinstance(raw, bool) else _BOOLEANS.get(raw) if isinstance(raw, str) else None


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) and len(raw) <= _MAX_TEXT else None


_READERS = {"integer": _integer, "boolean": _boolean, "string": _text}


@dataclass(frozen=True, slots=True)
class Held:
    """A privilege as a subscription has it: the value that counts, the plan's, and its own."""

    value: Value
    plan_value: Value = None
    override_value: Value = None


def held(plan: Mapping[str, Value], own: Mapping[str, Value], removed: Collection[str] = ()) -> dict[str, Held]:
    """Return the privileges of a feature that a subscription has; its own values win over its plan's."""
    codes = [code for code in dict.fromkeys([*plan, *own]) if code not in removed]
    return {code: Held(own[code] if code in own else plan[code], plan.get(code), own.get(code)) for code in codes}
