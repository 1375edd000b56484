"""Credits bought, granted and taken away."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing_site.core import activity
from billing_site.core.errors import Invalid, invalid
from credits.calculations import wallets as calculations
from credits.models import Wallet, WalletTransaction
from credits.services import ledger
from credits.services.ledger import Kind, Purse
from customers.models import Customer
from customers.selectors import payment_methods

ZERO = Decimal(0)
COPIED = ("name", "metadata", "priority", "purchase_order_number", "payment_method", "source")


@transaction.atomic
def create(wallet: Wallet, *, now: datetime, reason: str = "", **asked: Any) -> list[WalletTransaction]:
    """
    Buy (`paid_credits`), grant (`granted_credits`) and take away (`voided_credits`) credits, an entry for each.

    What is granted or taken away counts at once; what is bought waits until its invoice is paid.

    :raises Invalid: if the wallet has ended, or an amount is outside its limits or more than there is, or the customer
        has not stored the payment method
    """
    Customer.objects.lock(wallet.customer_id)
    purse = ledger.lock_purse(wallet.pk)
    if purse.wallet.status != Wallet.Status.ACTIVE:
        raise invalid("wallet_id", "wallet_is_terminated", "This wallet has ended.")
    check_limits(purse.wallet, asked)
    if not asked.get("source"):  # what a rule buys falls back to the default once its method is gone
        payment_methods.check(wallet.customer_id, asked.get("payment_method"))
    made = [buy(purse, asked, now=now, reason=reason), _grant(purse, asked, now), _void(purse, asked, now)]
    ledger.write([purse], now=now, reason=reason)
    return [entry for entry in made if entry is not None]


def check_limits(wallet: Wallet, asked: Mapping[str, Any]) -> None:
    """
    Check the credits that are to be bought or granted.

    :raises Invalid: if they are worth less than a minor unit, or what is bought is outside the wallet's limits
    """
    errors = {}
    for name in ("paid_credits", "granted_credits"):
        amount = calculations.cut(asked.get(name) or ZERO)
        if (asked.get(name) or ZERO) > 0 and not calculations.worth_cents(amount, wallet.rate_amount, wallet.currency):
            errors[name] = ["amount_rounds_to_zero"]
    if not errors and not asked.get("ignore_paid_top_up_limits"):
        paid_cents = _worth(wallet, asked.get("paid_credits"))
        least, most = wallet.paid_top_up_min_amount_cents, wallet.paid_top_up_max_amount_cents
        if paid_cents and least is not None and paid_cents < least:
            errors["paid_credits"] = ["amount_below_minimum"]
        if paid_cents and most is not None and paid_cents > most:
            errors["paid_credits"] = ["amount_above_maximum"]
    if errors:
        raise Invalid(errors)


def buy(purse: Purse, asked: Mapping[str, Any], *, now: datetime, reason: str = "") -> WalletTransaction | None:
    """Write credits that wait for the payment of their invoice, which the floor above makes."""
    amount = calculations.cut(asked.get("paid_credits") or ZERO)
    if not amount:
        return None
    wallet, must_pay = purse.wallet, asked.get("invoice_requires_successful_payment")
    entry = ledger.inbound(
        wallet,
        kind=Kind.PURCHASED,
        credits_amount=amount,
        now=now,
        invoice_requires_successful_payment=wallet.invoice_requires_successful_payment
        if must_pay is None
        else must_pay,
        **_copied(asked),
    )
    entry.save(force_insert=True)
    activity.record("wallet_transaction.created", entry, now=now, reason=reason)
    activity.record("wallet_transaction.purchased", entry, now=now)
    return entry


@transaction.atomic
def name_invoice(entry: WalletTransaction, invoice_id: uuid.UUID, *, now: datetime) -> None:
    """Note which invoice asks for the payment of bought credits."""
    ledger.lock_purse(entry.wallet_id)
    WalletTransaction.objects.filter(pk=entry.pk).update(invoice_id=invoice_id, updated_at=now)


@transaction.atomic
def settle(entry: WalletTransaction, *, now: datetime) -> WalletTransaction:
    """
    Let bought credits in, since their invoice is paid; once, also after a payment that failed.

    The caller holds the customer and the invoice.
    """
    purse = ledger.lock_purse(entry.wallet_id)
    entry = WalletTransaction.objects.lock(entry.pk)
    if entry.status != WalletTransaction.Status.SETTLED:
        entry.wallet = purse.wallet
        ledger.settle_pending(purse, entry, now=now)
        purse.wallet.save(update_fields=ledger.BALANCES)
        activity.record("wallet_transaction.updated", entry, now=now)
        activity.record("wallet.updated", purse.wallet, now=now)
    return entry


@transaction.atomic
def fail(entry: WalletTransaction, *, now: datetime) -> WalletTransaction:
    """Note that the payment of bought credits has failed for good (Lago rule M104)."""
    purse = ledger.lock_purse(entry.wallet_id)
    entry = WalletTransaction.objects.lock(entry.pk)
    if entry.status == WalletTransaction.Status.PENDING:
        entry.wallet = purse.wallet
        entry.status, entry.failed_at, entry.updated_at = WalletTransaction.Status.FAILED, now, now
        entry.save(update_fields=["status", "failed_at", "updated_at"])
        activity.record("wallet_transaction.updated", entry, now=now)
    return entry


@transaction.atomic
def take_back(entry: WalletTransaction, cents: int, *, credit_note_id: uuid.UUID, now: datetime) -> WalletTransaction:
    """
    Let bought credits leave their wallet because their payment is refunded: of that purchase as far as it lasts.

    The caller holds the customer and the invoice.

    :raises Invalid: if the wallet has not that many
    """
    purse = ledger.lock_purse(entry.wallet_id)
    wallet, left = purse.wallet, purse.usable.get(entry.pk)
    if cents > wallet.balance_cents:
        raise invalid("amount_cents", "higher_than_wallet_balance", "The wallet has not that many credits.")
    is_enough = left is not None and (left.remaining_amount_cents or 0) >= cents
    taken = ledger.take(
        purse,
        kind=Kind.VOIDED,
        amount_cents=cents,
        credits_amount=calculations.credits_of(cents, wallet.rate_amount, wallet.currency),
        now=now,
        only=entry.pk if is_enough else None,
        credit_note_id=credit_note_id,
    )
    ledger.write([purse], now=now)
    return taken


def _grant(purse: Purse, asked: Mapping[str, Any], now: datetime) -> WalletTransaction | None:
    amount = calculations.cut(asked.get("granted_credits") or ZERO)
    if not amount:
        return None
    return ledger.receive(purse, kind=Kind.GRANTED, credits_amount=amount, now=now, **_copied(asked))


def _void(purse: Purse, asked: Mapping[str, Any], now: datetime) -> WalletTransaction | None:
    """Take credits away: the quantity asked for, worth what it rounds to (Lago rule M95)."""
    if asked.get("voided_transaction_id"):
        return _void_grant(purse, asked, now)
    wallet, amount = purse.wallet, calculations.cut(asked.get("voided_credits") or ZERO)
    if not amount:
        return None
    if amount > wallet.credits_balance:
        raise invalid("voided_credits", "insufficient_credits", "The wallet has not that many credits.")
    cents = min(_worth(wallet, amount), wallet.balance_cents)
    if amount == wallet.credits_balance:
        cents = wallet.balance_cents
    return ledger.take(purse, kind=Kind.VOIDED, amount_cents=cents, credits_amount=amount, now=now, **_copied(asked))


def _void_grant(purse: Purse, asked: Mapping[str, Any], now: datetime) -> WalletTransaction:
    """Take away what is left of the credits that came in at one time, or a part of it."""
    wallet = purse.wallet
    grants = [row for row in purse.usable.values() if row.lago_id == asked["voided_transaction_id"]]
    if not grants:
        raise invalid("voided_transaction_id", "insufficient_credits", "Nothing is left of those credits.")
    left_cents = grants[0].remaining_amount_cents or 0
    cents = _worth(wallet, asked.get("voided_credits")) or left_cents
    if cents > left_cents:
        raise invalid("voided_credits", "insufficient_credits", "Not that much is left of those credits.")
    amount = calculations.credits_of(cents, wallet.rate_amount, wallet.currency)
    return ledger.take(
        purse,
        kind=Kind.VOIDED,
        amount_cents=cents,
        credits_amount=amount,
        now=now,
        only=grants[0].pk,
        **_copied(asked),
    )


def _worth(wallet: Wallet, amount: Decimal | None) -> int:
    return calculations.worth_cents(calculations.cut(amount or ZERO), wallet.rate_amount, wallet.currency)


def _copied(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in COPIED if asked.get(name) not in (None, "")}
