"""Ending what opens a customer's portal."""

from datetime import datetime

from django.db import transaction

from billing_site.core import activity
from customers.models import Customer


@transaction.atomic
def end_all(customer: Customer, *, now: datetime, reason: str = "") -> Customer:
    """End every link to a customer's portal, and every visit of it, that was begun before."""
    customer = Customer.objects.lock(customer.pk)
    customer.portal_generation, customer.updated_at = customer.portal_generation + 1, now
    customer.save(update_fields=["portal_generation", "updated_at"])
    activity.record("customer.portal_links_ended", customer, now=now, reason=reason)
    return customer
