"""A request for the payment of overdue invoices of a customer, in one currency and of one billing entity."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import NotAllowed, NotFound
from customers.models import Customer, DunningCampaign
from invoicing.models import Invoice, PaymentRequest, PaymentRequestInvoice


class NotPayableTogether(NotAllowed):
    code = "invoices_not_overdue"


@transaction.atomic
def create(
    customer: Customer,
    invoice_ids: Collection[UUID],
    *,
    now: datetime,
    email: str = "",
    dunning_campaign: DunningCampaign | None = None,
    reason: str = "",
) -> PaymentRequest:
    """
    Ask for what is due of these invoices; without an address the customer's own is asked.

    :raises NotFound: if none of them is the customer's
    :raises NotPayableTogether: (405) if one is not overdue, or they differ in currency or billing entity
    """
    customer = Customer.objects.lock(customer.pk)
    found = Invoice.objects.filter(customer=customer, lago_id__in=invoice_ids)
    invoices = list(found.order_by("pk").select_for_update(of=("self",)))
    _check(invoices)
    first = invoices[0]
    request = PaymentRequest.objects.create(
        customer=customer,
        billing_entity_id=first.billing_entity_id,
        email=email or customer.email,
        amount_cents=sum(invoice.total_due_amount_cents for invoice in invoices),
        currency=first.currency,
        dunning_campaign=dunning_campaign,
        created_at=now,
        updated_at=now,
    )
    PaymentRequestInvoice.objects.bulk_create(
        PaymentRequestInvoice(payment_request=request, invoice=invoice, amount_cents=invoice.total_due_amount_cents)
        for invoice in invoices
    )
    activity.record("payment_request.created", request, now=now, reason=reason)
    return request


@transaction.atomic
def open_request(customer: Customer, invoice_ids: Collection[UUID], *, now: datetime) -> PaymentRequest:
    """
    Return the request for what is due of these invoices that is open already, or a new one.

    Who asks for it by themselves is not asked by mail (`tasks.ask_for_payment`). It refuses as `create` does.
    """
    Customer.objects.lock(customer.pk)
    waiting = PaymentRequest.objects.filter(customer=customer).exclude(payment_status=PaymentRequest.Status.SUCCEEDED)
    for request in waiting.prefetch_related("items__invoice").order_by("-id")[:20]:
        items = request.items.all()
        is_as_due = all(item.amount_cents == item.invoice.total_due_amount_cents for item in items)
        if is_as_due and {item.invoice.lago_id for item in items} == set(invoice_ids):
            found: PaymentRequest = request
            return found
    return create(customer, invoice_ids, now=now)


def overdue(customer: Customer, currency: str) -> list[Invoice]:
    """Return the customer's overdue invoices in a currency, the oldest first; partners' own bills are not asked for."""
    rows = Invoice.objects.filter(
        customer=customer, currency=currency, payment_overdue=True, status=Invoice.Status.FINALIZED, self_billed=False
    )
    return list(rows.exclude(payment_status=Invoice.PaymentStatus.SUCCEEDED).order_by("payment_due_date", "pk"))


def _check(invoices: list[Invoice]) -> None:
    if not invoices:
        raise NotFound("invoice")
    if not all(invoice.payment_overdue and invoice.total_due_amount_cents for invoice in invoices):
        raise NotPayableTogether("Only overdue invoices are asked for.")
    if len({invoice.currency for invoice in invoices}) > 1:
        raise NotPayableTogether("They are in several currencies.", code="invoices_have_different_currencies")
    if len({invoice.billing_entity_id for invoice in invoices}) > 1:
        raise NotPayableTogether(
            "They are from several billing entities.", code="invoices_have_different_billing_entities"
        )
    if any(invoice.status != Invoice.Status.FINALIZED for invoice in invoices):
        raise NotPayableTogether("One is void.", code="invoices_not_ready_for_payment_processing")
