from customers.models.billing_entities import BillingEntity
from customers.models.customers import Customer, CustomerMetadata
from customers.models.taxes import Tax

__all__ = ["BillingEntity", "Customer", "CustomerMetadata", "Tax"]
