from billing_site.core.admin import api_key_actions, batch_pages, company, consent_pages, emails

__all__ = ["api_key_actions", "batch_pages", "company", "consent_pages", "emails"]
