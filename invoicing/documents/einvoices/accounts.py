"""The bank account in what staff wrote about how to pay."""

import re

from stdnum import iban as ibans

LENGTHS = range(15, 35)  # ISO 13616; which one is right, the country's own format says


def iban(text: str) -> str:
    """Return the first IBAN in a text, without spaces; empty if there is none whose check digits are right."""
    for found in re.finditer(r"\b[A-Z]{2}[0-9]{2}", text):
        compact = re.sub(r"\s", "", text[found.start() : found.start() + 2 * LENGTHS.stop])
        for length in LENGTHS:
            if ibans.is_valid(compact[:length]):
                return compact[:length]
    return ""
