"""A payment that has succeeded pays: what is due of its invoices, in their order, and no more than that."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from billing_site.core import activity
from invoicing.models import Invoice, Payment, PaymentAllocation
from invoicing.services.payments import receipts, statuses

# A void or closed invoice asks for nothing: money that lands on it all the same stays on the payment (reliability L17).
PAYABLE = (Invoice.Status.FINALIZED, Invoice.Status.OPEN)


def settle(payment: Payment, invoices: Iterable[Invoice], *, now: datetime) -> None:
    """
    Let a payment pay its invoices, all of them locked by the caller, and write its receipt.

    What nothing is due for any more stays on the payment as unapplied. A state that is not yet saved is saved here.
    """
    left = payment.amount_cents
    allocations: list[PaymentAllocation] = []
    for invoice in invoices:
        cents = min(left, invoice.total_due_amount_cents) if invoice.status in PAYABLE else 0
        if cents > 0:
            allocations.append(_allocation(payment, invoice, cents, now))
            left -= cents
            statuses.pay(invoice, cents, now=now)
    payment.state, payment.unapplied_amount_cents, payment.updated_at = Payment.State.SUCCEEDED, left, now
    payment.paid_at = payment.paid_at or now
    payment.save()
    PaymentAllocation.objects.bulk_create(allocations)
    activity.record("payment.succeeded", payment, now=now)
    receipts.write([payment], now=now)


def write_paid(invoices: Sequence[Invoice], *, reference: str, now: datetime) -> None:
    """Write a payment by hand for each of these invoices, which were born paid: their fees were paid before."""
    paid = [invoice for invoice in invoices if invoice.total_paid_amount_cents]
    if not paid:
        return
    payments = Payment.objects.bulk_create(by_hand(invoice, reference, now) for invoice in paid)
    PaymentAllocation.objects.bulk_create(
        _allocation(payment, payment.invoice, payment.amount_cents, now) for payment in payments
    )
    receipts.write(payments, now=now)


def by_hand(invoice: Invoice, reference: str, now: datetime, *, cents: int | None = None) -> Payment:
    """Return an unsaved payment by hand of an invoice; without an amount, of all that is noted as paid."""
    return Payment(
        customer=invoice.customer,
        invoice=invoice,
        payment_type=Payment.Type.MANUAL,
        state=Payment.State.SUCCEEDED,
        amount_cents=invoice.total_paid_amount_cents if cents is None else cents,
        currency=invoice.currency,
        reference=reference,
        paid_at=now,
        created_at=now,
        updated_at=now,
    )


def _allocation(payment: Payment, invoice: Invoice, cents: int, now: datetime) -> PaymentAllocation:
    return PaymentAllocation(payment=payment, invoice=invoice, amount_cents=cents, created_at=now)
