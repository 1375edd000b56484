"""Which taxes a fee owes."""

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch

from customers.models import BillingEntity, Customer, Tax
from plans.models import Charge, Commitment, FixedCharge, Plan, Subscription
from plans.selectors.billing_entities import entity_of


def live_taxes() -> "Prefetch[str]":
    """Return how to read the taxes of many rows beforehand, as plain lists: managers would cost more than taxes do."""
    return Prefetch("taxes", Tax.objects.live(), to_attr="live_taxes")


def give_taxes(customers: Sequence[Customer]) -> None:
    """Read the taxes of customers by the hundred as `live_taxes` does, in as many queries."""
    through = Customer.taxes.through.objects.filter(customer__any_of=[customer.pk for customer in customers])
    pairs = list(through.order_by("tax_id").values_list("customer_id", "tax_id"))
    taxes = Tax.objects.live().in_bulk({tax for _, tax in pairs})
    own: dict[int, list[Tax]] = {}
    for owner, tax in pairs:
        if tax in taxes:
            own.setdefault(owner, []).append(taxes[tax])
    for customer in customers:
        customer.live_taxes = own.get(customer.pk, [])  # type: ignore[attr-defined]


def settle_taxes(subscriptions: Iterable[Subscription]) -> None:
    """Find out once what `taxes_of` says of subscriptions whose plans, customers and entities are read."""
    for subscription in subscriptions:
        subscription.live_taxes = taxes_of(subscription)  # type: ignore[attr-defined]


def taxes_of(subscription: Subscription, charge: Charge | FixedCharge | Commitment | None = None) -> list[Tax]:
    """Return the taxes of a fee: the charge's, else the plan's, the customer's, the billing entity's (table 1.16)."""
    own = _taxes(charge) if charge else []
    return own or _default_taxes(subscription)


def _default_taxes(subscription: Subscription) -> list[Tax]:
    settled: list[Tax] | None = getattr(subscription, "live_taxes", None)
    if settled is not None:
        return settled
    return _taxes(subscription.plan) or _taxes(subscription.customer) or _taxes(entity_of(subscription))


def _taxes(owner: Charge | Commitment | FixedCharge | Plan | Customer | BillingEntity) -> list[Tax]:
    read: list[Tax] | None = getattr(owner, "live_taxes", None)
    return [tax for tax in owner.taxes.all() if tax.deleted_at is None] if read is None else read
