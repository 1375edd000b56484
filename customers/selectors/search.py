"""Customers found by what people know of them."""

import re

from django.db.models import Q

from customers.models import Customer

# The expression of the index customer_words (migration 0009).
_WORDS = (
    "to_tsvector('simple', name || ' ' || firstname || ' ' || lastname || ' ' || legal_name || ' '"
    " || translate(email, '@.,-_+', '      '))"
)


def found(term: str, *, most: int) -> list[Customer]:
    """Return customers of which a name, id or address begins with the term, then those that hold its words."""
    begins = (
        Q(name__istartswith=term)
        | Q(external_id__istartswith=term)
        | Q(email__istartswith=term)
        | Q(slug__istartswith=term)
    )
    first = list(Customer.objects.live().filter(begins)[:most])
    words = " & ".join(f"{word}:*" for word in re.findall(r"[^\W_]+", term))
    if len(first) >= most or not words:
        return first
    holding = Customer.objects.live().extra(where=[f"{_WORDS} @@ to_tsquery('simple', %s)"], params=[words])
    more = holding.exclude(pk__in=[customer.pk for customer in first])[: most - len(first)]
    return [*first, *more]
