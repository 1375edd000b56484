"""What wallets pay of invoices that become final, and what they get back when one is void (Lago rules M96 to M103)."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from credits.calculations import wallets as calculations
from credits.calculations.wallets import PayableFee, PayingWallet
from credits.models import Wallet, WalletTransaction
from credits.services import ledger
from credits.services.ledger import Kind, Purse


@dataclass(frozen=True, slots=True)
class Draw:
    """What wallets paid of an invoice in minor units, and how much of it had been granted and bought."""

    amount_cents: int = 0
    granted_cents: int = 0
    purchased_cents: int = 0


class Purses:
    """The locked wallets of some customers. What one invoice takes is not there for the next."""

    def __init__(self, customer_ids: Iterable[int]) -> None:
        active = Wallet.objects.filter(
            customer__any_of=set(customer_ids), status=Wallet.Status.ACTIVE, balance_cents__gt=0
        )
        self.by_key = ledger.lock_purses(active)
        self.by_customer: dict[int, list[Purse]] = {}
        self.metrics = _metrics(self.by_key)
        order = sorted(self.by_key.values(), key=lambda item: _order(item.wallet))
        for purse in order:
            self.by_customer.setdefault(purse.wallet.customer_id, []).append(purse)

    def can_pay(self, customer_id: int, currency: str) -> bool:
        """Say whether a customer has a wallet with a balance in this currency."""
        return any(item.wallet.currency == currency for item in self.by_customer.get(customer_id, ()))

    def pay(
        self,
        invoice_id: uuid.UUID,
        fees: Sequence[PayableFee],
        *,
        customer_id: int,
        currency: str,
        total_cents: int,
        now: datetime,
    ) -> Draw:
        """Take from the customer's wallets what they pay of an invoice; nothing is written yet."""
        purses = [item for item in self.by_customer.get(customer_id, ()) if item.wallet.currency == currency]
        owed = calculations.buckets(fees, total_cents=total_cents)
        paying = [self._paying(purse.wallet) for purse in purses]
        paid = calculations.pay(paying, owed, total_cents=total_cents)
        granted = 0
        for key, amount_cents in paid.items():
            granted += self._take(self.by_key[int(key)], amount_cents, invoice_id, now)
        amount = sum(paid.values())
        return Draw(amount, granted, amount - granted)

    def write(self, *, now: datetime) -> None:
        """Write what was taken, inside the caller's transaction."""
        ledger.write(list(self.by_key.values()), now=now)

    def _paying(self, wallet: Wallet) -> PayingWallet:
        return PayingWallet(
            wallet.pk,
            wallet.balance_cents,
            frozenset(wallet.allowed_fee_types),
            self.metrics.get(wallet.pk, frozenset()),
            wallet.code,
        )

    def _take(self, purse: Purse, amount_cents: int, invoice_id: uuid.UUID, now: datetime) -> int:
        """Take an amount of one wallet, and return how much of it had been granted."""
        wallet = purse.wallet
        amount = calculations.credits_of(amount_cents, wallet.rate_amount, wallet.currency)
        entry = ledger.take(
            purse, kind=Kind.INVOICED, amount_cents=amount_cents, credits_amount=amount, now=now, invoice_id=invoice_id
        )
        traces = [trace for trace in purse.traces if trace.outbound is entry]
        return sum(item.amount_cents for item in traces if item.inbound.transaction_status == Kind.GRANTED)


def _metrics(keys: Iterable[int]) -> Mapping[int, frozenset[int | str]]:
    through = Wallet.billable_metrics.through.objects
    found: dict[int, set[int | str]] = {}
    for wallet, metric in through.filter(wallet_id__in=list(keys)).values_list("wallet_id", "billablemetric_id"):
        found.setdefault(wallet, set()).add(metric)
    return {wallet: frozenset(metrics) for wallet, metrics in found.items()}


def _order(wallet: Wallet) -> tuple[int, datetime, int]:
    return wallet.priority, wallet.created_at, wallet.pk


def give_back(invoice_id: uuid.UUID, *, now: datetime) -> int:
    """
    Give back what wallets paid of an invoice that is void, as credits granted anew; return it in minor units.

    Wallets that have ended get nothing. Once for each wallet (rule M103). The caller holds the customer and invoice.
    """
    draws = WalletTransaction.objects.filter(invoice_id=invoice_id, transaction_status=Kind.INVOICED)
    again = WalletTransaction.objects.filter(wallet_id=OuterRef("wallet_id"), voided_invoice_id=invoice_id)
    owed = {draw.wallet_id: draw for draw in draws.filter(~Exists(again))}
    purses = ledger.lock_purses(Wallet.objects.filter(pk__in=owed, status=Wallet.Status.ACTIVE))
    for pk, purse in purses.items():
        ledger.return_to(purse, owed[pk], now=now, voided_invoice_id=invoice_id)
    ledger.write(list(purses.values()), now=now)
    return sum(owed[pk].amount_cents for pk in purses)
