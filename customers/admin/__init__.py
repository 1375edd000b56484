from customers.admin import custom_sections, customers, dunning, payment_providers, taxes

__all__ = ["custom_sections", "customers", "dunning", "payment_providers", "taxes"]
