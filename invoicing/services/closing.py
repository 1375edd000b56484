"""Closing the books of a customer or a plan that goes: the last invoices, and no drafts left."""

from datetime import datetime

from django.db.models import Q, QuerySet

from invoicing.models import Invoice
from invoicing.services import billing, finalization
from plans.models import Subscription


def close_customer(customer_id: int, *, now: datetime) -> None:
    """Bill what a customer still owes, and make all its drafts final."""
    billing.bill_due(now=now, customer_id=customer_id)
    _finalize(Invoice.objects.filter(customer_id=customer_id), now)


def close_plan(plan_id: int, *, now: datetime) -> None:
    """Bill what the subscribers of a plan, or of one made from it, still owe, and make their drafts of it final."""
    subscriptions = Subscription.objects.filter(Q(plan_id=plan_id) | Q(plan__parent_id=plan_id))
    for customer_id in sorted(set(subscriptions.values_list("customer_id", flat=True))):
        billing.bill_due(now=now, customer_id=customer_id)
    _finalize(Invoice.objects.filter(invoice_subscriptions__subscription__in=subscriptions).distinct(), now)


def _finalize(invoices: "QuerySet[Invoice]", now: datetime) -> None:
    for invoice in invoices.filter(status=Invoice.Status.DRAFT).order_by("pk"):
        finalization.finalize(invoice, now=now)
