"""
Expected trouble, as values with a stable code.

A service raises a subclass defined beside it; the API handler and the staff pages turn it into an answer.
`message` is a sentence for a person, `code` a word for a program.
"""

from collections.abc import Mapping, Sequence


class BillingError(Exception):
    """The base of all expected refusals; `status` is the HTTP status the API answers with."""

    status = 422
    code = "validation_errors"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        self.code = code or self.code
        self.message = message or self.code.replace("_", " ").capitalize() + "."
        super().__init__(self.message)


class Invalid(BillingError):
    """Input that cannot be taken: `details` maps each field to its codes. Answered with 422."""

    def __init__(self, details: Mapping[str, object], message: str = "") -> None:
        self.details, self.own_message = details, message
        super().__init__(message or _sentence(details))


class NotFound(BillingError):
    """There is no such object. Answered with 404 and `<resource>_not_found`."""

    status = 404

    def __init__(self, resource: str) -> None:
        super().__init__(f"There is no such {resource.replace('_', ' ')}.", code=f"{resource}_not_found")


class NotAllowed(BillingError):
    """The object is in a state in which this cannot be done. Answered with 405, as Lago does."""

    status = 405
    code = "not_allowed"


class Forbidden(BillingError):
    """Whoever asks may not do this. Answered with 403."""

    status = 403
    code = "forbidden"


class Conflict(BillingError):
    """Something else is at it just now; trying again helps. Answered with 409."""

    status = 409
    code = "conflict"


class TooManyRequests(BillingError):
    """Whoever asks has had their share for now. Answered with 429."""

    status = 429
    code = "too_many_requests"


def invalid(field: str, code: str, message: str = "") -> Invalid:
    """Return the refusal of one field for one reason."""
    return Invalid({field: [code]}, message)


def refuse(tests: Mapping[tuple[str, str], bool]) -> None:
    """
    Refuse whatever of (field, code) is true, all at once.

    :raises Invalid: if anything is
    """
    details: dict[str, list[str]] = {}
    for (field, code), is_wrong in tests.items():
        if is_wrong:
            details.setdefault(field, []).append(code)
    if details:
        raise Invalid(details)


def _sentence(details: Mapping[str, object]) -> str:
    parts = [f"{field}: {_words(codes)}" for field, codes in details.items()]
    return "; ".join(parts) + "." if parts else "The input is not valid."


def _words(codes: object) -> str:
    if isinstance(codes, str):
        return codes.replace("_", " ")
    if isinstance(codes, Mapping):
        return ", ".join(f"{key} {_words(value)}" for key, value in codes.items())
    if isinstance(codes, Sequence):
        return ", ".join(_words(code) for code in codes)
    return str(codes)
