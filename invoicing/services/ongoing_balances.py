"""
What customers with wallets are going to owe: usage of the running periods and drafts, taxes included (Lago rule M105).

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
from customers.calculations.taxes import TaxableFee, TaxRate, fee_taxes
from customers.models import Customer
from invoicing.models import Fee, Invoice
from invoicing.selectors import due as due_selectors
from plans.calculations.schedules import Kind, running_usage
from plans.models import Charge, Subscription
from plans.selectors import charges as priced
from plans.selectors.rating import RatedUsage, RatingRequest, rate
from plans.selectors.schedules import schedule_of
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
        owed.setdefault((fee.customer_id, fee.currency), []).append(PayableFee(fee.fee_type, metric, amount_cents))


def _add_usage(customers: Iterable[int], owed: Owed, now: datetime) -> None:
    rows = Subscription.objects.filter(customer_id__in=customers, status=Subscription.Status.ACTIVE)
    subscriptions = list(rows.order_by("pk"))
    due_selectors.attach(subscriptions)
    requests = _requests(subscriptions, now)
    for request, rated in zip(requests, rate(requests), strict=True):
        subscription = request.subscription
        key = (subscription.customer_id, subscription.plan.amount_currency)
        owed.setdefault(key, []).extend(_payable(subscription, usage) for usage in rated if usage.amount_cents)


def _requests(subscriptions: Sequence[Subscription], now: datetime) -> list[RatingRequest]:
    """Return what is to be rated: the running period's usage that is paid in arrears."""
    charges: dict[int, list[Charge]] = {}
    live = Charge.objects.live().filter(plan_id__in={item.plan_id for item in subscriptions}, pay_in_advance=False)
    for charge in priced.with_prices(live):
        charges.setdefault(charge.plan_id, []).append(charge)
    found = []
    for subscription in subscriptions:
        if mine := charges.get(subscription.plan_id):
            schedule = schedule_of(subscription)
            full = schedule.period(now, Kind.USAGE)
            found.append(RatingRequest(subscription, mine, running_usage(schedule, now), full_period=full))
    return found


def _payable(subscription: Subscription, usage: RatedUsage) -> PayableFee:
    rates = tuple(TaxRate(tax.pk, tax.code, tax.name, tax.rate) for tax in taxes_of(subscription, usage.charge))
    taxes = fee_taxes(TaxableFee(usage.amount_cents, usage.precise_amount_cents, rates))
    amount_cents = usage.amount_cents + taxes.precise_amount_cents
    return PayableFee(Fee.Type.CHARGE, usage.charge.billable_metric_id, amount_cents)
