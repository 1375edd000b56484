"""What usage and drafts will take from wallets: the floor above computes it, here it is kept (Lago rule M105)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from billing_site.core import activity, locks
from credits.calculations import wallets as calculations
from credits.calculations.wallets import ExpectingWallet, PayableFee, PayingWallet
from credits.models import RecurringRule, Wallet

FIELDS = ["ongoing_usage_cents", "credits_ongoing_usage", "is_depleted", "last_balance_sync_at", "updated_at"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a customer is going to owe in one currency: the fees that an invoice would have, with taxes."""

    customer_id: int
    currency: str
    fees: tuple[PayableFee, ...]


def refresh(customer_ids: Iterable[int], expected: Iterable[Expected], *, now: datetime) -> list[Wallet]:
    """
    Spread what customers are going to owe over their active wallets, and return these; inside a transaction.

    The caller holds the customers. The first time that nothing would be left of a wallet is told.
    """
    rows = Wallet.objects.filter(customer_id__in=list(customer_ids), status=Wallet.Status.ACTIVE)
    wallets = locks.in_order(rows.prefetch_related("billable_metrics", "recurring_rules"))
    by_owner: dict[tuple[int, str], list[Wallet]] = {}
    for wallet in sorted(wallets, key=lambda item: (item.priority, item.created_at, item.pk)):
        by_owner.setdefault((wallet.customer_id, wallet.currency), []).append(wallet)
    owed = {(item.customer_id, item.currency): item.fees for item in expected}
    changed = []
    for owner, mine in by_owner.items():
        taken = _taken(mine, owed.get(owner, ()))
        changed += [wallet for wallet in mine if _set(wallet, taken[wallet.pk], now)]
    depleted = [wallet for wallet in changed if _is_newly_depleted(wallet)]
    Wallet.objects.bulk_update(changed, FIELDS)
    activity.record_all([activity.build("wallet.depleted_ongoing_balance", wallet, now=now) for wallet in depleted])
    return wallets


def threshold_rule(wallet: Wallet) -> RecurringRule | None:
    """Return the active rule that fills the wallet when little is left."""
    rules: Iterable[RecurringRule] = wallet.recurring_rules.all()
    active = [rule for rule in rules if rule.status == Wallet.Status.ACTIVE]
    return next((rule for rule in active if rule.trigger == RecurringRule.Trigger.THRESHOLD), None)


def _taken(wallets: list[Wallet], fees: tuple[PayableFee, ...]) -> Mapping[calculations.Key, int]:
    total_cents = calculations.rounded(fees)
    expecting = [
        ExpectingWallet(
            PayingWallet(
                wallet.pk,
                wallet.balance_cents,
                frozenset(wallet.allowed_fee_types),
                frozenset(metric.pk for metric in wallet.billable_metrics.all()),
                wallet.code,
            ),
            takes_all=threshold_rule(wallet) is not None,
        )
        for wallet in wallets
    ]
    return calculations.expect(expecting, calculations.buckets(fees, total_cents=total_cents))


def _set(wallet: Wallet, usage_cents: int, now: datetime) -> bool:
    """Put what will be taken on a wallet, and say whether that changed anything."""
    is_same = wallet.ongoing_usage_cents == usage_cents
    wallet.ongoing_usage_cents = usage_cents
    if is_same and wallet.is_depleted == (wallet.ongoing_balance_cents <= 0):
        return False
    wallet.credits_ongoing_usage = calculations.credits_of(usage_cents, wallet.rate_amount, wallet.currency)
    wallet.last_balance_sync_at = wallet.updated_at = now
    return True


def _is_newly_depleted(wallet: Wallet) -> bool:
    """Note whether anything will be left of the wallet, and say whether it is the first time that nothing will."""
    was, wallet.is_depleted = wallet.is_depleted, wallet.ongoing_balance_cents <= 0
    return wallet.is_depleted and not was
