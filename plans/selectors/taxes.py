"""Which taxes a fee owes."""

from itertools import chain

from customers.models import Tax
from plans.models import Charge, FixedCharge, Subscription
from plans.selectors.billing_entities import entity_of


def taxes_of(subscription: Subscription, charge: Charge | FixedCharge | None = None) -> list[Tax]:
    """Return the taxes of a fee: the charge's, else the plan's, the customer's, the billing entity's (table 1.16)."""
    levels = chain(
        [charge.taxes.all()] if charge else [],
        [subscription.plan.taxes.all(), subscription.customer.taxes.all(), entity_of(subscription).taxes.all()],
    )
    return next((taxes for level in levels if (taxes := [tax for tax in level if tax.deleted_at is None])), [])
