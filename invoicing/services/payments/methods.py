"""The cards and accounts that customers have stored with their provider, read from there."""

import logging
from datetime import datetime

from billing_site.core import rehearsal
from customers.models import Customer, PaymentMethod
from customers.services import payment_methods
from invoicing.providers.contract import Refused
from invoicing.services.payments import providers

log = logging.getLogger(__name__)


def read(customer: Customer, *, now: datetime) -> int:
    """Read a customer's methods anew, and return how many there are; none if it is linked to no provider."""
    provider = providers.provider_of(customer)
    if provider is None or not customer.provider_customer_id or rehearsal.is_rehearsal():
        return 0
    found = providers.gateway(provider).methods(customer.provider_customer_id)
    return len(payment_methods.follow(customer, provider, found, now=now))


def let_go(method: PaymentMethod) -> None:
    """
    Have the provider forget a method that has been put away; else it would come back when they are read anew.

    :raises Ambiguous, Busy: if the provider does not answer: it is tried again later
    """
    if method.deleted_at is None or method.provider.deleted_at or rehearsal.is_rehearsal():
        return
    try:
        providers.gateway(method.provider).detach(method.provider_method_id)
    except Refused as refusal:
        log.info("%s is not with its provider: %s", method.provider_method_id, refusal)
