"""Does an answer match what a case expects? tests/conformance/README.md has the rules."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

MISSING = object()


def mismatch(expected: Any, actual: Any, path: str = "") -> str | None:
    """Return where and how the answer differs, or None if it matches."""
    if isinstance(expected, Mapping):
        operators = [key for key in expected if str(key).startswith("$")]
        wrongs = (OPERATORS[operator](expected[operator], actual, path) for operator in operators)
        return next((wrong for wrong in wrongs if wrong), None) if operators else _object(expected, actual, path)
    if isinstance(expected, list):
        return _list(expected, actual, path)
    return None if _equal(expected, actual) else f"{path}: expected {expected!r}, got {_shown(actual)}"


def _object(expected: Mapping[str, Any], actual: Any, path: str) -> str | None:
    if not isinstance(actual, Mapping):
        return f"{path}: expected an object, got {_shown(actual)}"
    for key, value in expected.items():
        if wrong := mismatch(value, actual.get(key, MISSING), f"{path}.{key}"):
            return wrong
    return None


def _list(expected: Sequence[Any], actual: Any, path: str) -> str | None:
    if wrong := _size(len(expected), actual, path):
        return wrong
    for number, (want, got) in enumerate(zip(expected, actual, strict=True)):
        if wrong := mismatch(want, got, f"{path}.{number}"):
            return wrong
    return None


def _size(expected: int, actual: Any, path: str) -> str | None:
    if not isinstance(actual, list):
        return f"{path}: expected a list, got {_shown(actual)}"
    return None if len(actual) == expected else f"{path}: expected {expected} items, got {len(actual)}"


def _unordered(expected: Sequence[Any], actual: Any, path: str) -> str | None:
    return _size(len(expected), actual, path) or _includes(expected, actual, path)


def _includes(expected: Sequence[Any], actual: Any, path: str) -> str | None:
    """Find a different item for each expected one: a matching of the two sides, by augmenting paths."""
    if not isinstance(actual, list):
        return f"{path}: expected a list, got {_shown(actual)}"
    fits = [[number for number, got in enumerate(actual) if mismatch(want, got) is None] for want in expected]
    taken: dict[int, int] = {}

    def place(want: int, seen: set[int]) -> bool:
        for number in fits[want]:
            if number not in seen:
                seen.add(number)
                if number not in taken or place(taken[number], seen):
                    taken[number] = want
                    return True
        return False

    for want in range(len(expected)):
        if not place(want, set()):
            return f"{path}: nothing left that matches {expected[want]!r} in {_shown(actual)}"
    return None


def _bound(test: Callable[[Decimal, Decimal], bool], word: str) -> Callable[[Any, Any, str], str | None]:
    def check(expected: Any, actual: Any, path: str) -> str | None:
        got = _number(actual)
        if got is None or not test(got, Decimal(str(expected))):
            return f"{path}: expected {word} {expected}, got {_shown(actual)}"
        return None

    return check


def _when(test: Callable[[Any], bool], words: str) -> Callable[[Any, Any, str], str | None]:
    return lambda _, actual, path: None if test(actual) else f"{path}: expected {words}, got {_shown(actual)}"


def _match(expected: str, actual: Any, path: str) -> str | None:
    if isinstance(actual, str) and re.search(expected, actual):
        return None
    return f"{path}: expected /{expected}/, got {_shown(actual)}"


OPERATORS: dict[str, Callable[[Any, Any, str], str | None]] = {
    "$unordered": _unordered,
    "$includes": _includes,
    "$size": _size,
    "$match": _match,
    "$gte": _bound(lambda got, want: got >= want, "at least"),
    "$lte": _bound(lambda got, want: got <= want, "at most"),
    "$any": _when(lambda got: got is not None and got is not MISSING, "anything"),
    "$absent": _when(lambda got: got is None or got is MISSING, "nothing"),
    "$empty": _when(lambda got: got in ([], {}), "something empty"),
}


def _equal(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool) or expected is None or actual is None:
        return expected is actual
    want, got = _number(expected), _number(actual)
    if want is not None and got is not None:
        return want == got
    if isinstance(expected, str) and isinstance(actual, str) and "T" in expected:
        moments = _instant(expected), _instant(actual)
        if None not in moments:
            return moments[0] == moments[1]
    return bool(expected == actual)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _shown(actual: Any) -> str:
    return "nothing" if actual is MISSING else repr(actual)[:200]
