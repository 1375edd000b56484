from customers.models.billing_entities import BillingEntity
from customers.models.custom_sections import InvoiceCustomSection
from customers.models.customers import Customer, CustomerMetadata
from customers.models.dunning import DunningCampaign, DunningState, DunningThreshold
from customers.models.payment_providers import PaymentMethod, PaymentProvider
from customers.models.taxes import Tax

__all__ = [
    "BillingEntity",
    "Customer",
    "CustomerMetadata",
    "DunningCampaign",
    "DunningState",
    "DunningThreshold",
    "InvoiceCustomSection",
    "PaymentMethod",
    "PaymentProvider",
    "Tax",
]
