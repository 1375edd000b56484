"""
With what a customer pays: what something names (a reference as Lago words it), else the customer's default.

| `payment_method_type` | `payment_method_id` | charged |
|---|---|---|
| manual | | nothing: the customer pays by hand |
| provider, or none | of a stored method | that one; the default once it is gone |
| provider, or none | none | the default |
"""

from collections.abc import Mapping
from uuid import UUID

from billing_site.core.errors import invalid
from customers.models import PaymentMethod

Reference = Mapping[str, str | None]
MANUAL = "manual"


def check(customer_id: int, reference: Reference | None) -> None:
    """
    Refuse a reference to a method that the customer has not stored.

    :raises Invalid: also if something paid by hand names one
    """
    named = (reference or {}).get("payment_method_id")
    if named and (is_by_hand(reference) or _named(customer_id, named) is None):
        raise invalid("payment_method", "invalid_payment_method", "The customer has stored no such payment method.")


def is_by_hand(reference: Reference | None) -> bool:
    """Test if it says that the customer pays by hand."""
    return (reference or {}).get("payment_method_type") == MANUAL


def chosen(customer_id: int, reference: Reference | None) -> PaymentMethod | None:
    """Return what is charged; None if the customer pays by hand or has stored nothing."""
    if is_by_hand(reference):
        return None
    named = (reference or {}).get("payment_method_id")
    live = PaymentMethod.objects.live().select_related("provider").filter(customer=customer_id)
    default: PaymentMethod | None = live.filter(is_default=True).first()
    return (_named(customer_id, named) if named else None) or default


def _named(customer_id: int, name: str) -> PaymentMethod | None:
    try:
        key = UUID(name)
    except ValueError:
        return None
    live = PaymentMethod.objects.live().select_related("provider")
    found: PaymentMethod | None = live.filter(customer=customer_id, lago_id=key).first()
    return found
