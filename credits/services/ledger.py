"""
The entries of wallets: what comes in, what leaves and from which credits it is taken (reliability L12).

A wallet is locked, its usable credits are read, entries are made in memory and written together; so one entry and those
of a whole billing run go the same way. The balance after each is kept, and the database refuses one below zero.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from billing_site.core import activity, bulk, locks
from credits.calculations import wallets as calculations
from credits.calculations.wallets import UsableCredits
from credits.models import Wallet, WalletConsumption, WalletTransaction

Kind = WalletTransaction.TransactionStatus
Direction = WalletTransaction.Type
BALANCES = [
    "credits_balance", "balance_cents", "consumed_credits", "consumed_amount_cents", "latest_sequence",
    "last_balance_sync_at", "last_consumed_credit_at", "updated_at",
]  # fmt: skip


@dataclass(slots=True)
class Purse:
    """A locked wallet with the credits that are left in it, and the entries not written yet."""

    wallet: Wallet
    usable: dict[int, WalletTransaction] = field(default_factory=dict)
    entries: list[WalletTransaction] = field(default_factory=list)
    traces: list[WalletConsumption] = field(default_factory=list)


def lock_purses(wallets: "QuerySet[Wallet]") -> dict[int, Purse]:
    """Lock wallets in order and read what is usable of them, by key; two queries however many there are."""
    purses = {wallet.pk: Purse(wallet) for wallet in locks.in_order(wallets)}
    usable = WalletTransaction.objects.filter(wallet_id__in=purses, remaining_amount_cents__gt=0)
    for row in usable if purses else ():
        row.wallet = purses[row.wallet_id].wallet
        purses[row.wallet_id].usable[row.pk] = row
    return purses


def lock_purse(pk: int) -> Purse:
    """Lock one wallet."""
    return lock_purses(Wallet.objects.filter(pk=pk))[pk]


def receive(purse: Purse, *, kind: str, credits_amount: Decimal, now: datetime, **fields: Any) -> WalletTransaction:
    """Make an entry of credits that come in: their worth in whole minor units, and no more than that (rule M95)."""
    entry = inbound(purse.wallet, kind=kind, credits_amount=credits_amount, now=now, **fields)
    _let_in(purse, entry, now)
    return entry


def return_to(purse: Purse, draw: WalletTransaction, *, now: datetime, **fields: Any) -> WalletTransaction:
    """Make an entry that gives back, as granted, exactly what another took (Lago rule M103)."""
    entry = _entry(purse.wallet, Direction.INBOUND, Kind.GRANTED, now, fields)
    entry.amount_cents, entry.credit_amount = draw.amount_cents, draw.credit_amount
    wallet = purse.wallet
    wallet.consumed_amount_cents = max(wallet.consumed_amount_cents - draw.amount_cents, 0)
    wallet.consumed_credits = max(wallet.consumed_credits - draw.credit_amount, Decimal(0))
    _let_in(purse, entry, now)
    return entry


def inbound(wallet: Wallet, *, kind: str, credits_amount: Decimal, now: datetime, **fields: Any) -> WalletTransaction:
    """Return credits that wait to come in, unsaved."""
    entry = _entry(wallet, Direction.INBOUND, kind, now, fields)
    amount_cents = calculations.worth_cents(credits_amount, wallet.rate_amount, wallet.currency)
    entry.amount_cents = amount_cents
    entry.credit_amount = calculations.credits_of(amount_cents, wallet.rate_amount, wallet.currency)
    return entry


def take(
    purse: Purse, *, kind: str, amount_cents: int, credits_amount: Decimal, now: datetime, **fields: Any
) -> WalletTransaction:
    """
    Make an entry of credits that leave, and trace which ones they are (Lago rule M102).

    What takes the last cent takes the last fraction of a credit with it.

    :raises ValueError: if there are not that many
    """
    wallet = purse.wallet
    only = fields.pop("only", None)
    entry = _entry(wallet, Direction.OUTBOUND, kind, now, fields)
    is_last = amount_cents == wallet.balance_cents
    entry.amount_cents = amount_cents
    entry.credit_amount = wallet.credits_balance if is_last else min(credits_amount, wallet.credits_balance)
    _settle(wallet, entry, now, -1)
    usable = [_usable(row) for row in purse.usable.values() if only is None or row.pk == only]
    for pk, part in calculations.take(usable, amount_cents).items():
        row = purse.usable[int(pk)]
        row.remaining_amount_cents = (row.remaining_amount_cents or 0) - part
        row.updated_at = now
        purse.traces.append(
            WalletConsumption(lago_id=uuid.uuid4(), inbound=row, outbound=entry, amount_cents=part, created_at=now)
        )
    purse.entries.append(entry)
    return entry


def settle_pending(purse: Purse, entry: WalletTransaction, *, now: datetime) -> None:
    """Let credits in that waited for their payment."""
    _settle(purse.wallet, entry, now, 1)
    entry.status, entry.remaining_amount_cents, entry.updated_at = entry.Status.SETTLED, entry.amount_cents, now
    entry.save()


def write(purses: Sequence[Purse], *, now: datetime, reason: str = "") -> None:
    """Write the entries, traces and balances of locked wallets, and tell of them."""
    changed = [purse for purse in purses if purse.entries]
    entries = list(chain.from_iterable(purse.entries for purse in changed))
    traces = list(chain.from_iterable(purse.traces for purse in changed))
    bulk.copy_models(WalletTransaction, entries)
    for trace in traces:
        trace.outbound_id, trace.inbound_id = trace.outbound.pk, trace.inbound.pk
    bulk.copy_models(WalletConsumption, traces)
    used = {trace.inbound_id: trace.inbound for trace in traces}
    WalletTransaction.objects.bulk_update(used.values(), ["remaining_amount_cents", "updated_at"])
    Wallet.objects.bulk_update([purse.wallet for purse in changed], BALANCES)
    told = [activity.build("wallet_transaction.created", entry, now=now, reason=reason) for entry in entries]
    told += [activity.build("wallet.updated", purse.wallet, now=now) for purse in changed]
    activity.record_all(told)
    for purse in changed:
        purse.entries, purse.traces = [], []


def _entry(wallet: Wallet, direction: str, kind: str, now: datetime, fields: dict[str, Any]) -> WalletTransaction:
    return WalletTransaction(
        wallet=wallet,
        transaction_type=direction,
        status=WalletTransaction.Status.PENDING,
        transaction_status=kind,
        created_at=now,
        updated_at=now,
        **fields,
    )


def _let_in(purse: Purse, entry: WalletTransaction, now: datetime) -> None:
    _settle(purse.wallet, entry, now, 1)
    entry.remaining_amount_cents = entry.amount_cents
    purse.entries.append(entry)


def _settle(wallet: Wallet, entry: WalletTransaction, now: datetime, sign: int) -> None:
    """Move the balance, and give the entry its place in the wallet's sequence."""
    wallet.balance_cents += sign * entry.amount_cents
    wallet.credits_balance += sign * entry.credit_amount
    wallet.latest_sequence += 1
    wallet.last_balance_sync_at = wallet.updated_at = now
    entry.status, entry.settled_at = WalletTransaction.Status.SETTLED, now
    entry.sequence, entry.balance_after_cents = wallet.latest_sequence, wallet.balance_cents
    if entry.transaction_status == Kind.INVOICED:
        wallet.consumed_amount_cents += entry.amount_cents
        wallet.consumed_credits += entry.credit_amount
        wallet.last_consumed_credit_at = now


def _usable(row: WalletTransaction) -> UsableCredits:
    is_granted = row.transaction_status == Kind.GRANTED
    return UsableCredits(row.pk, row.priority, is_granted, row.created_at, row.remaining_amount_cents or 0)
