"""When the days of grace change: drafts become final later or earlier, those that no longer wait at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from billing_site.core.periods import local_date
from customers.models import BillingEntity, Customer
from invoicing.models import Invoice
from invoicing.services import finalization
from invoicing.services.invoice_changes import lock

Change = Sequence[int | None]  # before and after, in days; nothing means the billing entity's


def follow_customer(customer_id: int, change: Change, *, now: datetime) -> None:
    """Move the drafts of a customer by as many days as its grace has changed."""
    customer = Customer.objects.select_related("billing_entity").get(pk=customer_id)
    inherited = customer.billing_entity.invoice_grace_period
    before, after = (inherited if days is None else days for days in change)
    _follow(Invoice.objects.filter(customer=customer), before, after, now)


def follow_entity(entity_id: int, change: Change, *, now: datetime) -> None:
    """Move the drafts of the customers that have the grace of their billing entity."""
    entity = BillingEntity.objects.get(pk=entity_id)
    drafts = Invoice.objects.filter(billing_entity=entity, customer__invoice_grace_period=None)
    _follow(drafts, change[0] or 0, change[1] or 0, now)


def _follow(invoices: "QuerySet[Invoice]", before: int, after: int, now: datetime) -> None:
    for invoice in invoices.filter(status=Invoice.Status.DRAFT).order_by("pk"):
        _move(invoice, before, after, now)


@transaction.atomic
def _move(invoice: Invoice, before: int, after: int, now: datetime) -> None:
    """Move a draft to the day that the new grace gives; it says itself on which day it was billed."""
    invoice = lock(invoice)
    billed_on = local_date(invoice.created_at, invoice.timezone)
    wanted = billed_on + timedelta(days=after)
    if invoice.status != Invoice.Status.DRAFT or invoice.expected_finalization_date == wanted:
        return
    by = wanted - invoice.expected_finalization_date
    if invoice.issuing_date == billed_on + timedelta(days=before):  # issued on the day it becomes final
        invoice.issuing_date += by
        invoice.payment_due_date += by
    invoice.expected_finalization_date, invoice.updated_at = wanted, now
    invoice.save(update_fields=["expected_finalization_date", "issuing_date", "payment_due_date", "updated_at"])
    if wanted <= local_date(now, invoice.timezone):
        finalization.finalize(invoice, now=now)
