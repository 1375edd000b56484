"""
Wallets that fill themselves: by the rhythm of their rule, or when little is left (Lago rule M106).

| method | adds |
|---|---|
| fixed | its bought and granted credits; at a threshold, the bought ones as often as it takes to rise above it |
| target | what is missing to the target, bought or granted |

What is bought is raised to the wallet's minimum and cut to its maximum, unless the rule ignores them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from billing_site.core.periods import local_date, local_midnight
from credits.calculations import refills as calculations
from credits.calculations import wallets as worth
from credits.models import RecurringRule, Wallet, WalletTransaction
from credits.services import wallet_transactions
from credits.services.ongoing import threshold_rule
from customers.models import Customer
from customers.selectors import preferences

ZERO = Decimal(0)
PAUSE_AFTER_FAILURE = timedelta(hours=1)


def refill_due(*, now: datetime) -> int:
    """Fill the wallets whose day has come, each day that was missed too, and return how often."""
    rules = RecurringRule.objects.filter(
        status=Wallet.Status.ACTIVE, trigger=RecurringRule.Trigger.INTERVAL, wallet__status=Wallet.Status.ACTIVE
    )
    return sum(_refill_by_rhythm(pk, customer, now) for pk, customer in _owners(rules))


def refill_low(wallets: Iterable[Wallet], *, now: datetime) -> int:
    """
    Fill those of these locked wallets that are at their threshold, and return how many.

    While a bought filling waits for its payment nothing more is bought, nor for an hour after a payment failed.
    """
    low = [wallet for wallet in wallets if (rule := threshold_rule(wallet)) and _is_low(wallet, rule, now)]
    waiting = _waiting(low, now)
    count = 0
    for wallet in low:
        if wallet.pk not in waiting:
            rule = threshold_rule(wallet)
            assert rule is not None
            count += _fill(wallet, rule, WalletTransaction.Source.THRESHOLD, now)
    return count


def _owners(rules: Any) -> list[tuple[int, int]]:
    return list(rules.order_by("wallet__customer_id", "pk").values_list("pk", "wallet__customer_id"))


def _is_low(wallet: Wallet, rule: RecurringRule, now: datetime) -> bool:
    if rule.expiration_at is not None and rule.expiration_at <= now:
        return False
    left = wallet.credits_balance - wallet.credits_ongoing_usage
    return rule.threshold_credits is not None and left <= rule.threshold_credits


def _waiting(wallets: Iterable[Wallet], now: datetime) -> set[int]:
    recent_failure = Q(status="failed", failed_at__gt=now - PAUSE_AFTER_FAILURE)
    rows = WalletTransaction.objects.filter(
        Q(status="pending") | recent_failure, wallet__in=list(wallets), source=WalletTransaction.Source.THRESHOLD
    )
    return set(rows.values_list("wallet_id", flat=True))


@transaction.atomic
def _refill_by_rhythm(pk: int, customer_id: int, now: datetime) -> int:
    customer = Customer.objects.lock(customer_id)
    rule = RecurringRule.objects.lock(pk)
    if rule.status != Wallet.Status.ACTIVE:
        return 0
    zone = preferences.terms(customer).timezone
    first = local_date(rule.started_at or rule.created_at, zone)
    # Without a first day to come a rule begins after the day it was made: the first credits came with the wallet.
    begins_later = rule.started_at is not None and rule.started_at > rule.created_at
    after = rule.filled_until or (None if begins_later else rule.created_at)
    until = min(now, rule.expiration_at) if rule.expiration_at else now
    days = list(
        calculations.days(
            rule.interval, first, after=local_date(after, zone) if after else None, until=local_date(until, zone)
        )
    )
    source = WalletTransaction.Source.INTERVAL
    filled = sum(_fill(Wallet.objects.get(pk=rule.wallet_id), rule, source, now) for _ in days)
    _move_on(rule, local_midnight(days[-1], zone) if days else None, now)
    return filled


def _move_on(rule: RecurringRule, filled_until: datetime | None, now: datetime) -> None:
    is_over = rule.expiration_at is not None and rule.expiration_at <= now
    if filled_until is None and not is_over:
        return
    rule.filled_until, rule.updated_at = filled_until or rule.filled_until, now
    if is_over:
        rule.status, rule.terminated_at = Wallet.Status.TERMINATED, now
    rule.save(update_fields=["filled_until", "status", "terminated_at", "updated_at"])


def _fill(wallet: Wallet, rule: RecurringRule, source: str, now: datetime) -> bool:
    """Buy and grant what a rule says, and say whether that was anything."""
    paid, granted = (_worth_something(wallet, amount) for amount in _amounts(wallet, rule, source))
    if not paid and not granted:
        return False
    wallet_transactions.create(
        wallet,
        now=now,
        paid_credits=_within_limits(wallet, rule, paid),
        granted_credits=granted,
        source=source,
        name=rule.transaction_name,
        metadata=rule.transaction_metadata,
        purchase_order_number=rule.purchase_order_number,
        payment_method=rule.payment_method,
        invoice_requires_successful_payment=rule.invoice_requires_successful_payment,
        ignore_paid_top_up_limits=True,  # they are kept already, as the rule says
    )
    return True


def _worth_something(wallet: Wallet, amount: Decimal) -> Decimal:
    """Return the credits, or none where they are worth less than a minor unit."""
    cents = worth.worth_cents(worth.cut(amount), wallet.rate_amount, wallet.currency)
    return amount if cents > 0 else ZERO


def _amounts(wallet: Wallet, rule: RecurringRule, source: str) -> tuple[Decimal, Decimal]:
    left = wallet.credits_balance - wallet.credits_ongoing_usage
    if rule.method == RecurringRule.Method.TARGET:
        missing = max((rule.target_ongoing_balance or ZERO) - left - _pending(wallet), ZERO)
        return (ZERO, missing) if rule.grants_target_top_up else (missing, ZERO)
    if source == WalletTransaction.Source.INTERVAL or rule.threshold_credits is None:
        return rule.paid_credits, rule.granted_credits
    gap = max(rule.threshold_credits - left - _pending(wallet), ZERO)
    most = None if rule.ignore_paid_top_up_limits else _credits(wallet, wallet.paid_top_up_max_amount_cents)
    return worth.purchase(gap, rule.paid_credits, most=most), rule.granted_credits


def _pending(wallet: Wallet) -> Decimal:
    """Return the credits that are bought and not paid yet."""
    rows = WalletTransaction.objects.filter(wallet=wallet, status=WalletTransaction.Status.PENDING)
    total: Decimal | None = rows.aggregate(total=Sum("credit_amount"))["total"]
    return total or ZERO


def _within_limits(wallet: Wallet, rule: RecurringRule, paid: Decimal) -> Decimal:
    least = _credits(wallet, wallet.paid_top_up_min_amount_cents)
    most = _credits(wallet, wallet.paid_top_up_max_amount_cents)
    if paid <= 0 or rule.ignore_paid_top_up_limits:
        return paid
    if most is not None:
        paid = min(paid, most)
    return max(paid, least) if least is not None else paid


def _credits(wallet: Wallet, cents: int | None) -> Decimal | None:
    return None if cents is None else worth.credits_of(cents, wallet.rate_amount, wallet.currency)
