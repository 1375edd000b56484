"""The gateway to a customer's provider."""

from customers.models import Customer, PaymentProvider
from invoicing.providers.contract import Gateway
from invoicing.providers.stripe_gateway import StripeGateway


def gateway(provider: PaymentProvider) -> Gateway:
    """Return the gateway to an account."""
    return StripeGateway(provider.key)


def provider_of(customer: Customer) -> PaymentProvider | None:
    """Return the account that a customer is linked to: by its code, or the only one there is."""
    if customer.payment_provider != "stripe":
        return None
    live = PaymentProvider.objects.live()
    named = live.filter(code=customer.payment_provider_code) if customer.payment_provider_code else live
    found = list(named.order_by("pk")[:2])
    return found[0] if len(found) == 1 else None
