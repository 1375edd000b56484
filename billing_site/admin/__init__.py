"""The roof's part of the staff pages: what of the floors above an object its page shows, and the home page."""

from billing_site.admin import people, portal

__all__ = ["people", "portal"]
