from billing_site.core.admin import company, emails

__all__ = ["company", "emails"]
