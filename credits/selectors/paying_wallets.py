"""The wallets that could pay now, read without a lock: to foresee what they will pay."""

from collections.abc import Iterable

from credits.calculations.wallets import PayingWallet
from credits.models import Wallet


def paying_wallets(customer_ids: Iterable[int]) -> dict[tuple[int, str], list[PayingWallet]]:
    """Return by customer and currency the active wallets with a balance, in the order in which they pay (M97)."""
    rows = Wallet.objects.filter(customer_id__in=set(customer_ids), status=Wallet.Status.ACTIVE, balance_cents__gt=0)
    found: dict[tuple[int, str], list[PayingWallet]] = {}
    for wallet in rows.prefetch_related("billable_metrics").order_by("priority", "created_at", "pk"):
        paying = PayingWallet(
            wallet.pk,
            wallet.balance_cents,
            frozenset(wallet.allowed_fee_types),
            frozenset(metric.pk for metric in wallet.billable_metrics.all()),
            wallet.code,
        )
        found.setdefault((wallet.customer_id, wallet.currency), []).append(paying)
    return found
