"""Which taxes apply."""

from collections.abc import Iterable, Sequence

from billing_site.core.errors import NotFound
from customers.models import Tax


def by_codes(codes: Sequence[str]) -> list[Tax]:
    """
    Return the live taxes of these codes.

    :raises NotFound: if one is unknown
    """
    found = {tax.code: tax for tax in Tax.objects.live().filter(code__in=codes)}
    if set(codes) - set(found):
        raise NotFound("tax")
    return [found[code] for code in dict.fromkeys(codes)]


def first_applicable(*levels: Iterable[Tax]) -> list[Tax]:
    """Return the taxes of the first level that has any: charge, plan, customer, billing entity (table 1.16)."""
    for level in levels:
        taxes = list(level)
        if taxes:
            return taxes
    return []
