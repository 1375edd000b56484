"""The rule by which a wallet is filled again: at most one at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from billing_site.core.errors import invalid
from credits.calculations import wallets as calculations
from credits.models import RecurringRule, Wallet
from customers.selectors import payment_methods

FIELDS = (
    "trigger", "method", "interval", "paid_credits", "granted_credits", "threshold_credits", "target_ongoing_balance",
    "grants_target_top_up", "started_at", "expiration_at", "invoice_requires_successful_payment",
    "ignore_paid_top_up_limits", "transaction_metadata", "transaction_name", "purchase_order_number", "payment_method",
)  # fmt: skip
CREDITS = {"paid_credits", "granted_credits", "threshold_credits", "target_ongoing_balance"}
_NULLABLE = {"threshold_credits", "target_ongoing_balance", "started_at", "expiration_at", "payment_method"}
_FIELD = "recurring_transaction_rules"


def replace(wallet: Wallet, asked: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """
    Give a locked wallet its rule: the one named by `lago_id` is changed, any other ends. Inside a transaction.

    :raises Invalid: if there are several, or one is not complete
    """
    if len(asked) > 1:
        raise invalid(_FIELD, "invalid_number_of_recurring_rules")
    active = RecurringRule.objects.filter(wallet=wallet, status=Wallet.Status.ACTIVE)
    kept = active.filter(lago_id=asked[0]["lago_id"]).first() if asked and asked[0].get("lago_id") else None
    for rule in active.exclude(pk__in=[kept.pk] if kept else []):
        rule.status, rule.terminated_at, rule.updated_at = Wallet.Status.TERMINATED, now, now
        rule.save(update_fields=["status", "terminated_at", "updated_at"])
    if not asked:
        return
    rule = kept or RecurringRule(wallet=wallet, created_at=now)
    if kept is None:
        rule.invoice_requires_successful_payment = wallet.invoice_requires_successful_payment
    _write(rule, asked[0], now)
    rule.updated_at = now
    rule.save()


def _write(rule: RecurringRule, asked: Mapping[str, Any], now: datetime) -> None:
    for name in FIELDS:
        value = asked.get(name)
        if name in asked and (value is not None or name in _NULLABLE):
            setattr(rule, name, calculations.cut(value) if name in CREDITS and value is not None else value)
    payment_methods.check(rule.wallet.customer_id, asked.get("payment_method"))
    if not _is_complete(rule) or (asked.get("expiration_at") is not None and asked["expiration_at"] <= now):
        raise invalid(_FIELD, "invalid_recurring_rule")


def _is_complete(rule: RecurringRule) -> bool:
    """Say whether a rule has what its trigger and its method need."""
    if rule.trigger == RecurringRule.Trigger.INTERVAL and not rule.interval:
        return False
    if rule.trigger == RecurringRule.Trigger.THRESHOLD and rule.threshold_credits is None:
        return False
    return rule.method != RecurringRule.Method.TARGET or rule.target_ongoing_balance is not None
