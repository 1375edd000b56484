from billing_site.core.admin import company

__all__ = ["company"]
