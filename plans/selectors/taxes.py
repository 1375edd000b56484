"""Which taxes a fee owes."""

from django.db.models import Prefetch

from customers.models import BillingEntity, Customer, Tax
from plans.models import Charge, Commitment, FixedCharge, Plan, Subscription
from plans.selectors.billing_entities import entity_of


def live_taxes() -> "Prefetch[str]":
    """Return how to read the taxes of many rows beforehand, as plain lists: managers would cost more than taxes do."""
    return Prefetch("taxes", Tax.objects.live(), to_attr="live_taxes")


def taxes_of(subscription: Subscription, charge: Charge | FixedCharge | Commitment | None = None) -> list[Tax]:
    """Return the taxes of a fee: the charge's, else the plan's, the customer's, the billing entity's (table 1.16)."""
    own = _taxes(charge) if charge else []
    return own or _taxes(subscription.plan) or _taxes(subscription.customer) or _taxes(entity_of(subscription))


def _taxes(owner: Charge | Commitment | FixedCharge | Plan | Customer | BillingEntity) -> list[Tax]:
    read: list[Tax] | None = getattr(owner, "live_taxes", None)
    return [tax for tax in owner.taxes.all() if tax.deleted_at is None] if read is None else read
