"""
Who knows whether a VAT number is valid: an interface with two implementations, chosen by `settings.VAT_REGISTER`.

The offline rule (form and check digits, by python-stdnum) always answers, and is what counts until a register that has
to be called has answered.
"""

from functools import cache
from typing import Protocol

import httpx
from django.conf import settings
from django.utils.module_loading import import_string
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

ADDRESS = "https://ec.europa.eu/taxation_customs/vies/rest-api/ms"
TIMEOUT_SECONDS = 10


class Unavailable(Exception):
    """The register could not answer now; it is asked again later."""


class VatRegister(Protocol):
    """A register of VAT numbers. `is_remote`: it must not be asked inside a transaction."""

    is_remote: bool

    def country_of(self, number: str) -> str | None:
        """
        Return the ISO country in which a number is registered, None if it is not valid.

        :raises Unavailable: if it cannot be told now
        """


class Offline:
    is_remote = False

    def country_of(self, number: str) -> str | None:
        """Return the country that a well-formed number names."""
        try:
            prefix = vat.validate(number)[:2]
        except ValidationError:
            return None
        return "GR" if prefix == "EL" else prefix


class Vies:
    """The VAT Information Exchange System of the European Commission, by its REST address."""

    is_remote = True

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS)

    def country_of(self, number: str) -> str | None:
        """Return the country of a number that is in the register now."""
        country = Offline().country_of(number)
        if country is None:
            return None
        compact = vat.compact(number)
        try:
            answer = self._client.get(f"{ADDRESS}/{compact[:2]}/vat/{compact[2:]}").raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(str(error)) from error
        if answer.get("userError", "VALID") not in ("VALID", "INVALID"):
            raise Unavailable(str(answer["userError"]))
        return country if answer.get("isValid") else None


@cache
def register() -> VatRegister:
    """Return the register in use."""
    found: VatRegister = import_string(settings.VAT_REGISTER)()
    return found
