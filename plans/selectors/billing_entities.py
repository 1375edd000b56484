"""Who invoices a subscription."""

from customers.models import BillingEntity
from plans.models import Subscription


def entity_of(subscription: Subscription) -> BillingEntity:
    """Return the subscription's own billing entity, else its customer's (both are read already)."""
    entity: BillingEntity = subscription.billing_entity or subscription.customer.billing_entity
    return entity
