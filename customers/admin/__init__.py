from customers.admin import customers, taxes

__all__ = ["customers", "taxes"]
