"""
Money that came in and nothing was due for: it stays on its payment until staff let it pay something else (L17).

| may | by |
|---|---|
| pay another invoice of the customer, as much as is due of it | `apply_to` |
| buy credits of a wallet | `keep_as_credits`: their invoice is paid with it |
| be given back | `refunds.give_back` |
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from billing_site.core import activity, money
from billing_site.core.errors import invalid, refuse
from credits.models import Wallet, WalletTransaction
from credits.services import wallet_transactions
from customers.models import Customer
from invoicing.models import Dispute, Invoice, Payment, PaymentAllocation, Refund
from invoicing.services import top_ups
from invoicing.services.payments import settling, statuses


def free_cents(payment: Payment) -> int:
    """Return what of a payment may be used: neither about to be given back nor with a bank that disputes it."""
    going = payment.refunds.filter(credit_note=None, state__in=Refund.LIVE).aggregate(cents=Sum("amount_cents"))
    held = Dispute.objects.filter(payment=payment, withdrawn_amount_cents__gt=0).exists()
    return 0 if held else payment.unapplied_amount_cents - (going["cents"] or 0)


def payable_with(payment: Payment) -> "QuerySet[Invoice]":
    """Return the invoices that a payment may pay a part of, the oldest first."""
    rows = Invoice.objects.filter(
        customer=payment.customer_id, currency=payment.currency, status__in=settling.PAYABLE, self_billed=False
    )
    waiting: QuerySet[Invoice] = rows.exclude(payment_status=Invoice.PaymentStatus.SUCCEEDED)
    return waiting.exclude(pk__in=payment.allocations.values("invoice_id")).order_by("payment_due_date", "pk")


@transaction.atomic
def apply_to(payment: Payment, invoice: Invoice, *, now: datetime, reason: str = "") -> Payment:
    """
    Let what is unapplied of a payment pay an invoice, as much of it as is due.

    :raises Invalid: if nothing is left or due, they do not belong together, or credits would be paid in part
    """
    Customer.objects.lock(payment.customer_id)
    invoice = Invoice.objects.lock(invoice.pk)
    payment = Payment.objects.lock(payment.pk)
    cents = min(free_cents(payment), invoice.total_due_amount_cents)
    is_part = invoice.invoice_type == Invoice.Type.CREDIT and cents != invoice.total_amount_cents
    refuse(
        {
            ("payment", "nothing_left"): free_cents(payment) <= 0,
            ("invoice", "not_payable"): not payable_with(payment).filter(pk=invoice.pk).exists() or cents <= 0,
            ("invoice", "credits_are_paid_whole"): is_part,
        }
    )
    PaymentAllocation.objects.create(payment=payment, invoice=invoice, amount_cents=cents, created_at=now)
    statuses.pay(invoice, cents, now=now)
    payment.unapplied_amount_cents, payment.updated_at = payment.unapplied_amount_cents - cents, now
    payment.save(update_fields=["unapplied_amount_cents", "updated_at"])
    details = {"amount_cents": cents, "invoice_id": invoice.lago_id}
    activity.record("payment.applied", payment, now=now, reason=reason, details=details)
    return payment


@transaction.atomic
def keep_as_credits(payment: Payment, wallet: Wallet, *, now: datetime, reason: str = "") -> Payment:
    """
    Buy credits of a wallet with what is unapplied of a payment: all of it, by an invoice that it pays.

    :raises Invalid: if nothing is left, the wallet is another's or has ended, or it buys no whole number of minor units
    """
    Customer.objects.lock(payment.customer_id)
    payment = Payment.objects.lock(payment.pk)
    cents = free_cents(payment)
    is_theirs = (wallet.customer_id, wallet.currency) == (payment.customer_id, payment.currency)
    refuse({("payment", "nothing_left"): cents <= 0, ("wallet", "not_theirs"): not is_theirs})
    bought = Decimal(money.to_amount(cents, payment.currency)) / wallet.rate_amount
    entries = wallet_transactions.create(
        wallet, now=now, reason=reason, paid_credits=bought, ignore_paid_top_up_limits=True,
        invoice_requires_successful_payment=True,
    )  # fmt: skip
    invoice = _billed(entries, now)
    if invoice is None or invoice.total_amount_cents > cents:
        raise invalid("wallet", "not_divisible", "Its credits are not worth this amount.")
    return apply_to(payment, invoice, now=now, reason=reason)


def _billed(entries: list[WalletTransaction], now: datetime) -> Invoice | None:
    bought = [entry for entry in entries if entry.status == WalletTransaction.Status.PENDING]
    return top_ups.bill(bought[0], now=now) if bought else None
