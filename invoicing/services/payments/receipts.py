"""Receipts: one for each payment that succeeded, numbered in the customer's series (rule M135)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from billing_site.core import activity, counters
from customers.models import Customer
from invoicing.calculations.numbers import receipt_number
from invoicing.models import Payment, PaymentReceipt


def write(payments: Sequence[Payment], *, now: datetime) -> list[PaymentReceipt]:
    """
    Write the receipts of payments that have just succeeded; partners, who are paid themselves, get none.

    The counters are locked until the caller's transaction ends: this comes last in it.
    """
    wanted = [payment for payment in payments if payment.customer.account_type != Customer.AccountType.PARTNER]
    following = counters.take_many(Counter(_series(payment) for payment in wanted))
    receipts = []
    for payment in wanted:
        number = following[_series(payment)]
        following[_series(payment)] += 1
        receipts.append(
            PaymentReceipt(
                payment=payment,
                sequential_id=number,
                number=receipt_number(payment.customer.slug, number),
                created_at=now,
                updated_at=now,
            )
        )
    PaymentReceipt.objects.bulk_create(receipts)
    for receipt in receipts:
        activity.record("payment_receipt.created", receipt, now=now)
    return receipts


def _series(payment: Payment) -> str:
    return f"receipt:{payment.customer_id}"
