"""
What customers with wallets are going to owe: usage of the running periods and drafts, taxes included (Lago rule M105).

What was billed of that usage when a threshold was reached is not owed again.
Read for a chunk of customers at a time, and told to credits, which spread it over the wallets and fill them again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from billing_site.core import locks
from credits.calculations.wallets import PayableFee
from credits.models import Wallet
from credits.services import ongoing, refills
from credits.services.ongoing import Expected
from customers.models import Customer
from invoicing.models import Fee, Invoice
from invoicing.selectors import due as due_selectors
from invoicing.services import settlement
from invoicing.services.fees import FeeDraft, usage_fees
from invoicing.services.prepaid import payable, target_of
from invoicing.services.progressive_credits import UsageOnInvoice, take_off
from plans.models import Subscription
from plans.selectors import running_usage
from plans.selectors.rating import RatedUsage, RatingRequest, rate
from plans.selectors.taxes import taxes_of

CHUNK_SIZE = 250
Owed = dict[tuple[int, str], list[PayableFee]]


def refresh(*, now: datetime) -> int:
    """Bring the ongoing balances of all active wallets up to date, and return how many there are."""
    active = Wallet.objects.filter(status=Wallet.Status.ACTIVE)
    customers = list(active.order_by("customer_id").values_list("customer_id", flat=True).distinct())
    chunks = [customers[start : start + CHUNK_SIZE] for start in range(0, len(customers), CHUNK_SIZE)]
    return sum(_refresh(chunk, now) for chunk in chunks)


@transaction.atomic
def _refresh(customers: Sequence[int], now: datetime) -> int:
    """Refresh the wallets of these customers, without those that something else works on: their turn comes again."""
    held = [row.pk for row in locks.in_order(Customer.objects.filter(pk__in=customers), skip_locked=True)]
    owed: Owed = {}
    _add_drafts(held, owed)
    _add_usage(held, owed, now)
    expected = [Expected(customer, currency, tuple(fees)) for (customer, currency), fees in owed.items()]
    wallets = ongoing.refresh(held, expected, now=now)
    refills.refill_low(wallets, now=now)
    return len(wallets)


def _add_drafts(customers: Iterable[int], owed: Owed) -> None:
    fees = Fee.objects.filter(customer_id__in=customers, invoice__status=Invoice.Status.DRAFT).select_related("charge")
    for fee in fees:
        metric = fee.charge.billable_metric_id if fee.charge else None
        amount_cents = Decimal(fee.amount_cents) - fee.precise_coupons_amount_cents + fee.taxes_precise_amount_cents
        owed.setdefault((fee.customer_id, fee.currency), []).append(
            PayableFee(fee.fee_type, metric, amount_cents, target_of(fee))
        )


def _add_usage(customers: Iterable[int], owed: Owed, now: datetime) -> None:
    rows = Subscription.objects.filter(customer_id__in=customers, status=Subscription.Status.ACTIVE)
    subscriptions = list(rows.order_by("pk"))
    if not subscriptions:
        return
    due_selectors.attach(subscriptions)
    requests = running_usage.requests(subscriptions, now=now, in_arrears_alone=True)
    invoices = [_unbilled(*pair, now) for pair in zip(requests, rate(requests), strict=True)]
    take_off(invoices, now=now)
    for invoice in invoices:
        settlement.tax_fees(invoice.fees)
        for item in invoice.fees:
            owed.setdefault((item.fee.customer_id, item.fee.currency), []).append(payable(item))


def _unbilled(request: RatingRequest, rated: Iterable[RatedUsage], now: datetime) -> UsageOnInvoice:
    """Return the running period's usage as the lines of an invoice that is never written."""
    subscription, period = request.subscription, request.period
    fees = [
        FeeDraft(usage_fees.build(subscription, usage, period, now), taxes_of(subscription, usage.charge))
        for usage in rated
        if usage.amount_cents
    ]
    return UsageOnInvoice(Invoice(), fees, subscription.pk, period.start)
