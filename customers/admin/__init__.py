from customers.admin import customers, dunning, payment_providers, taxes

__all__ = ["customers", "dunning", "payment_providers", "taxes"]
