"""Wallets of customers."""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, NotAllowed, NotFound, invalid
from credits.models import RecurringRule, Wallet
from credits.services import ledger, wallet_rules, wallet_transactions
from customers.models import BillingEntity, Customer
from customers.selectors import payment_methods
from metering.models import BillableMetric

MAX_WALLETS = 6  # active ones of a customer
MAX_METADATA = 50
FEE_TYPES = ("charge", "subscription", "commitment", "fixed_charge")
FIELDS = (
    "name", "code", "priority", "expiration_at", "invoice_requires_successful_payment", "paid_top_up_min_amount_cents",
    "paid_top_up_max_amount_cents", "purchase_order_number", "payment_method", "metadata",
)  # fmt: skip
_NULLABLE = {
    "expiration_at", "paid_top_up_min_amount_cents", "paid_top_up_max_amount_cents", "payment_method", "metadata",
}  # fmt: skip
_TEXT = {"name", "purchase_order_number"}


class NotActive(NotAllowed):
    code = "wallet_not_active"


@transaction.atomic
def create(customer: Customer, *, now: datetime, currency: str, reason: str = "", **fields: Any) -> Wallet:
    """
    Make a wallet, with the credits that it begins with and the rule that fills it.

    :raises Invalid: field by field; if the customer has six wallets already
    """
    customer = Customer.objects.lock(customer.pk)
    active = Wallet.objects.filter(customer=customer, status=Wallet.Status.ACTIVE)
    if active.count() >= MAX_WALLETS:
        raise invalid("customer", "wallet_limit_reached", "The customer has as many wallets as one can have.")
    wallet = Wallet(customer=customer, currency=currency, rate_amount=fields["rate_amount"])
    wallet.created_at = wallet.updated_at = wallet.last_balance_sync_at = now
    wallet.code = _free_code(fields.get("code"), fields.get("name"), set(active.values_list("code", flat=True)))
    _write(wallet, {**fields, "code": wallet.code}, now)
    wallet.save(force_insert=True)
    _limit(wallet, fields.get("applies_to") or {})
    wallet_rules.replace(wallet, fields.get("recurring_transaction_rules") or [], now=now)
    activity.record("wallet.created", wallet, now=now, reason=reason)
    _first_credits(wallet, fields, now, reason)
    wallet.refresh_from_db()
    return wallet


@transaction.atomic
def update(wallet: Wallet, *, now: datetime, **fields: Any) -> Wallet:
    """
    Change a wallet, but not its currency, the worth of its credits or what is in it.

    :raises NotActive: if it has ended
    :raises Invalid: field by field
    """
    wallet = _lock_active(wallet)
    before = activity.snapshot(wallet, FIELDS)
    if fields.get("code") and _others(wallet).filter(code=fields["code"]).exists():
        raise invalid("code", "value_already_exist")
    _write(wallet, fields, now)
    wallet.updated_at = now
    wallet.save()
    if fields.get("applies_to") is not None:
        _limit(wallet, fields["applies_to"])
    if fields.get("recurring_transaction_rules") is not None:
        wallet_rules.replace(wallet, fields["recurring_transaction_rules"], now=now)
    activity.record("wallet.updated", wallet, now=now, changes=activity.differences(before, wallet))
    return wallet


@transaction.atomic
def set_metadata(wallet: Wallet, metadata: Mapping[str, Any] | None, *, now: datetime) -> Wallet:
    """Replace what integrators keep with a wallet."""
    wallet = Wallet.objects.lock(wallet.pk)
    if len(metadata or {}) > MAX_METADATA:
        raise invalid("metadata", "too_many_keys")
    wallet.metadata, wallet.updated_at = metadata, now
    wallet.save(update_fields=["metadata", "updated_at"])
    activity.record("wallet.updated", wallet, now=now)
    return wallet


@transaction.atomic
def terminate(wallet: Wallet, *, now: datetime, reason: str = "") -> Wallet:
    """End a wallet; what is left in it is void."""
    Customer.objects.lock(wallet.customer_id)
    purse = ledger.lock_purse(wallet.pk)
    wallet = purse.wallet
    if wallet.status != Wallet.Status.ACTIVE:
        return wallet
    if wallet.balance_cents or wallet.credits_balance:
        left, credits_left = wallet.balance_cents, wallet.credits_balance
        ledger.take(purse, kind=ledger.Kind.VOIDED, amount_cents=left, credits_amount=credits_left, now=now)
        ledger.write([purse], now=now)
    wallet.status, wallet.terminated_at, wallet.updated_at = Wallet.Status.TERMINATED, now, now
    wallet.save(update_fields=["status", "terminated_at", "updated_at"])
    rules = RecurringRule.objects.filter(wallet=wallet, status=Wallet.Status.ACTIVE)
    rules.update(status=Wallet.Status.TERMINATED, terminated_at=now, updated_at=now)
    activity.record("wallet.terminated", wallet, now=now, reason=reason)
    return wallet


def terminate_due(*, now: datetime) -> int:
    """End the wallets whose date has passed, and return how many."""
    due = list(Wallet.objects.filter(status=Wallet.Status.ACTIVE, expiration_at__lte=now).order_by("customer_id", "pk"))
    for wallet in due:
        terminate(wallet, now=now, reason="Its date has passed.")
    return len(due)


def terminate_all(customer_id: int, *, now: datetime) -> None:
    """End the wallets of a customer that goes."""
    active = Wallet.objects.filter(customer_id=customer_id, status=Wallet.Status.ACTIVE)
    for wallet in list(active.order_by("pk")):
        terminate(wallet, now=now, reason="Its customer was deleted.")


def _lock_active(wallet: Wallet) -> Wallet:
    Customer.objects.lock(wallet.customer_id)
    locked: Wallet = Wallet.objects.lock(wallet.pk)
    if locked.status != Wallet.Status.ACTIVE:
        raise NotActive("This wallet has ended.")
    return locked


def _others(wallet: Wallet) -> Any:
    return Wallet.objects.filter(customer_id=wallet.customer_id, status=Wallet.Status.ACTIVE).exclude(pk=wallet.pk)


def _first_credits(wallet: Wallet, fields: Mapping[str, Any], now: datetime, reason: str) -> None:
    if not (fields.get("paid_credits") or fields.get("granted_credits")):
        return
    wallet_transactions.create(
        wallet,
        now=now,
        reason=reason,
        paid_credits=fields.get("paid_credits"),
        granted_credits=fields.get("granted_credits"),
        name=fields.get("transaction_name"),
        metadata=fields.get("transaction_metadata"),
        priority=fields.get("transaction_priority"),
        purchase_order_number=fields.get("purchase_order_number"),
        ignore_paid_top_up_limits=fields.get("ignore_paid_top_up_limits_on_creation"),
    )


def _write(wallet: Wallet, fields: Mapping[str, Any], now: datetime) -> None:
    for name in FIELDS:
        value = fields.get(name)
        if name in fields and (value is not None or name in _NULLABLE | _TEXT):
            setattr(wallet, name, "" if value is None and name in _TEXT else value)
    if fields.get("billing_entity_code"):
        wallet.billing_entity = BillingEntity.objects.filter(code=fields["billing_entity_code"]).first()
        if wallet.billing_entity is None:
            raise NotFound("billing_entity")
    _check(wallet, fields, now)


def _check(wallet: Wallet, fields: Mapping[str, Any], now: datetime) -> None:
    payment_methods.check(wallet.customer_id, fields.get("payment_method"))
    errors: dict[str, list[str]] = {}
    if fields.get("expiration_at") is not None and fields["expiration_at"] <= now:
        errors["expiration_at"] = ["invalid_date"]
    least, most = wallet.paid_top_up_min_amount_cents, wallet.paid_top_up_max_amount_cents
    if least is not None and most is not None and most < least:
        errors["paid_top_up_max_amount_cents"] = ["must_be_greater_than_or_equal_min"]
    if len(wallet.metadata or {}) > MAX_METADATA:
        errors["metadata"] = ["too_many_keys"]
    if errors:
        raise Invalid(errors)


def _limit(wallet: Wallet, applies_to: Mapping[str, Any]) -> None:
    """Keep a wallet for kinds of fee and metrics."""
    if "fee_types" in applies_to:
        fee_types = applies_to["fee_types"] or []
        if not set(fee_types) <= set(FEE_TYPES):
            raise invalid("allowed_fee_types", "invalid_fee_types")
        wallet.allowed_fee_types = sorted(set(fee_types))
        wallet.save(update_fields=["allowed_fee_types"])
    if "billable_metric_codes" in applies_to:
        codes: Sequence[str] = applies_to["billable_metric_codes"] or []
        metrics = list(BillableMetric.objects.live().filter(code__in=codes))
        if len(metrics) != len(set(codes)):
            raise invalid("billable_metrics", "invalid_identifier")
        wallet.billable_metrics.set(metrics)


def _free_code(code: str | None, name: str | None, taken: set[str]) -> str:
    """Return the code asked for, or one made from the name that no active wallet of the customer has."""
    if code:
        if code in taken:
            raise invalid("code", "value_already_exist")
        return code
    made = re.sub(r"[^a-z0-9]+", "_", (name or "").lower()).strip("_") or "default"
    return made if made not in taken else f"{made[:240]}_{uuid.uuid4().hex[:8]}"
