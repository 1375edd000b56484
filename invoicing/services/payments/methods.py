"""The cards and accounts that customers have stored with their provider, read from there."""

from datetime import datetime

from billing_site.core import rehearsal
from customers.models import Customer
from customers.services import payment_methods
from invoicing.services.payments import providers


def read(customer: Customer, *, now: datetime) -> int:
    """Read a customer's methods anew, and return how many there are; none if it is linked to no provider."""
    provider = providers.provider_of(customer)
    if provider is None or not customer.provider_customer_id or rehearsal.is_rehearsal():
        return 0
    found = providers.gateway(provider).methods(customer.provider_customer_id)
    return len(payment_methods.follow(customer, provider, found, now=now))
